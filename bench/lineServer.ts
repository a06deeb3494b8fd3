// The other side of lineProcess.ts for a program in TypeScript: one JSON object a line in, one a line out, until the input ends.

import { createInterface } from 'node:readline'
import { errorLine } from '@tessera/protocol/errors'

export type LineHandlers = Readonly<Record<string, (values: never) => Promise<unknown>>>

/** Answers one request after the other with what the handler of its name returns, an object. Resolves when the input ends. */
export async function serveLines(handlers: LineHandlers): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { call, with: values } = JSON.parse(line) as { readonly call: string; readonly with: never }
    const handler = handlers[call]
    try {
      if (handler === undefined) throw new TypeError(`no handler for ${call}`)
      reply({ result: await handler(values) })
    } catch (error) {
      reply({ error: errorLine(error) + contextOf(error) })
    }
  }
}

function reply(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

function contextOf(error: unknown): string {
  const { context } = error as { readonly context?: object }
  return context === undefined ? '' : ` ${JSON.stringify(context).slice(0, 1000)}`
}
