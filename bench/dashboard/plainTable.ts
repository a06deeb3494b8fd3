// What most would do: the same rows in one table of the page, all of them. Served as one document.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SeedSize } from './seed.ts'

export interface PlainTable {
  readonly url: string
  close(): Promise<void>
}

const HEADINGS = ['Round', 'Miner', 'Result', 'Why', 'Size', 'Committed', 'Revealed', 'Own drop', 'Drawn drop']

export async function servePlainTable({ rounds, miners }: SeedSize): Promise<PlainTable> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.write(
      '<!doctype html><title>Contributions</title><div id="scroll" style="height:600px;overflow:auto"><table>',
    )
    response.write(`<tr>${HEADINGS.map((name) => `<th>${name}</th>`).join('')}</tr>`)
    for (let round = rounds; round > 0; round--) response.write(rowsOf(round, miners))
    response.end('</table></div><p id="end"></p>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function rowsOf(round: number, miners: number): string {
  return Array.from({ length: miners }, (_, slot) => {
    const cells = [round, `miner ${slot}`, 'included', '', '1.2 MB', `${slot} s`, `${slot} s`, '0.0123', '0.0045']
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  }).join('')
}
