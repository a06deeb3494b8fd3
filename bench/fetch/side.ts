// What is measured of each side: one server that has a blob on disk and readers that have not, all of them processes of their own.

export interface Side {
  /** Has every reader fetch the blob at once; resolves when the last has all of it on disk, checked where the side checks. */
  fetch(): Promise<unknown>
  /** Readers delete what they have, for the next turn. */
  forget(): Promise<unknown>
  readonly server: Peak
  readonly readers: readonly Peak[]
  close(): Promise<void>
}

export interface Peak {
  /** Largest resident memory since the process began. */
  readonly peakBytes: number
}

export interface SideOptions {
  /** Of this side alone; exists. */
  readonly folder: string
  readonly blob: Blob
  readonly readers: number
  readonly signal: AbortSignal
}

/** A file of pseudo-random bytes. */
export interface Blob {
  readonly path: string
  readonly bytes: number
}

export interface Memory {
  readonly server: number
  /** Of the reader that took most. */
  readonly reader: number
}

/** Largest resident memory since the processes began, bytes. */
export function peakMemory({ server, readers }: Side): Memory {
  return { server: server.peakBytes, reader: Math.max(...readers.map((reader) => reader.peakBytes)) }
}
