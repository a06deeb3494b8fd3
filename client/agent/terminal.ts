// The one writer of a process's output stream: log lines and progress bars both go through it, so that a line never lands in the
// middle of a bar. Not a formatter, and not a screen: it knows lines and one overlay at the bottom.

/** The part of process.stdout that is used. */
export interface TerminalStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  hasColors?(): boolean
}

/** Something drawn below the last line, which lets lines pass above itself. */
export interface Overlay {
  writeAbove(line: string): void
}

export class Terminal {
  readonly stream: TerminalStream
  /** A person watches: bars may be drawn and lines may be for reading. */
  readonly isTTY: boolean
  /** Colours are wanted: Node's rules over TERM, NO_COLOR and FORCE_COLOR. */
  readonly hasColours: boolean
  #overlay: Overlay | undefined

  constructor(stream: TerminalStream) {
    this.stream = stream
    this.isTTY = stream.isTTY === true
    this.hasColours = this.isTTY && (stream.hasColors?.() ?? false)
  }

  /** Writes one whole line; `line` holds no line break (the caller has made it printable). */
  writeLine(line: string): void {
    if (this.#overlay === undefined) this.stream.write(`${line}\n`)
    else this.#overlay.writeAbove(line)
  }

  /** Puts `overlay` at the bottom until it is taken away again; undefined takes the present one away. */
  setOverlay(overlay: Overlay | undefined): void {
    this.#overlay = overlay
  }
}
