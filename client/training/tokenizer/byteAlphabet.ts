// The characters that stand for bytes in byte-level vocabularies (GPT-2): printable bytes stand for themselves, the others are
// moved to U+0100 and on, so that a vocabulary is text without spaces.

const printable = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae

const characters: string[] = []
/** The character of each byte. */
export const byteCharacters: readonly string[] = characters
const bytes = new Map<string, number>()
let moved = 0
for (let byte = 0; byte < 256; byte++) {
  const character = String.fromCharCode(printable(byte) ? byte : 256 + moved++)
  characters.push(character)
  bytes.set(character, byte)
}

const encoder = new TextEncoder()

/** The UTF-8 of `text`, a character for each byte. */
export function toByteCharacters(text: string): string {
  let out = ''
  for (const byte of encoder.encode(text)) out += characters[byte]
  return out
}

/** The bytes that `token` stands for; one with other characters, as an added token may have, stands for its own UTF-8. */
export function fromByteCharacters(token: string): Uint8Array {
  const out = new Uint8Array(token.length)
  for (let i = 0; i < token.length; i++) {
    const byte = bytes.get(token[i] as string)
    if (byte === undefined) return encoder.encode(token)
    out[i] = byte
  }
  return out
}
