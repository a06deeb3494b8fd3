// A stand-in for process.stdout in tests: keeps what was written, and shows what a terminal of a given width would display. Knows only
// the escape sequences that cli-progress writes; any other fails the test.

import type { TerminalStream } from './terminal.ts'

// A control sequence (escape, bracket, numbers, letter), or any one character.
const PIECES = /(\p{Cc}\[[\d;?]*[A-Za-z])|([\s\S])/gu

export class FakeStream implements TerminalStream {
  readonly isTTY: boolean
  readonly columns: number
  written = ''

  constructor(options: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
    this.isTTY = options.isTTY ?? false
    this.columns = options.columns ?? 80
  }

  hasColors(): boolean {
    return false
  }

  write(text: string): boolean {
    this.written += text
    return true
  }

  /** Whole lines written, for a stream that is no terminal. */
  get lines(): string[] {
    return this.written.split('\n').slice(0, -1)
  }

  /** The rows a person sees, without trailing blanks. */
  get screen(): string[] {
    const rows: string[][] = [[]]
    let y = 0
    let x = 0
    const row = (): string[] => {
      const found = rows[y] ?? []
      rows[y] = found
      return found
    }
    for (const [, sequence, plain = ''] of this.written.matchAll(PIECES)) {
      if (sequence !== undefined) {
        const amount = Number(/\d+/.exec(sequence)?.[0] ?? 0)
        if (sequence.endsWith('A')) y -= amount
        else if (sequence.endsWith('G')) x = amount - 1
        else if (sequence === '\x1b[2K') row().length = 0
        else if (sequence === '\x1b[0K') row().length = x
        else if (sequence === '\x1b[0J') {
          row().length = x
          rows.length = y + 1
        } else throw new Error(`unknown sequence ${JSON.stringify(sequence)}`)
      } else if (plain === '\n') {
        y++
        x = 0
        row()
      } else if (plain === '\r') x = 0
      else {
        if (x >= this.columns) throw new Error('a line reached the edge and would wrap')
        row()[x++] = plain
      }
    }
    return rows.map((cells) =>
      Array.from(cells, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
  }
}
