// Where a blob may be had and what to expect of whoever has it there. URLs come from the chain or from options: anybody may have written
// them, and storage/source.ts checks them before use.

/**
 * author: put the blob up, and has all of it. peer: has what it has fetched itself so far, and passes that on. mirror: has all of it or
 * nothing, and is asked last, since somebody pays for it.
 */
export type SourceRole = 'author' | 'peer' | 'mirror'

export interface BlobSource {
  /** Base URL of a trustless gateway. */
  readonly url: string
  readonly role: SourceRole
}
