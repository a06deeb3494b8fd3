import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GenerateRequest } from './generate.ts'
import { bytesTokenizer } from './tokenizer/bytesTokenizer.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'
import { continueText, SHOWCASE, writeText } from './writing.ts'

/** Writes these bytes, whatever it is asked. */
function writer(bytes: readonly number[]) {
  const requests: GenerateRequest[] = []
  const generator = {
    async *generate(request: GenerateRequest) {
      requests.push(request)
      yield* bytes
    },
  }
  return { generator, requests }
}

const parameters = new Float32Array(1)

test('a text begins with its prompt, and is decoded as a whole', async () => {
  // The second half of a character whose first half is in neither: only together they are text.
  const { generator, requests } = writer([...new TextEncoder().encode('é!')])
  const text = await writeText({ ...SHOWCASE, generator, tokenizer: bytesTokenizer, parameters, seed: 7 })
  assert.equal(text, '\n# é!')
  const [request] = requests
  assert.deepEqual(Array.from(request?.prompt ?? []), [10, 35, 32])
  assert.deepEqual(
    { ...request, prompt: undefined, parameters: undefined },
    { prompt: undefined, parameters: undefined, stop: [], seed: 7, temperature: 0.8, topK: 40, maxTokens: 160 },
  )
})

test('begins and ends where the tokenizer says that texts do', async () => {
  const { generator, requests } = writer([65])
  const tokenizer: Tokenizer = { ...bytesTokenizer, startOfText: 1, endOfText: 2 }
  assert.equal(await writeText({ ...SHOWCASE, generator, tokenizer, parameters, seed: 1 }), '\n# A')
  assert.deepEqual(Array.from(requests[0]?.prompt ?? []), [1, 10, 35, 32])
  assert.deepEqual(requests[0]?.stop, [2])
})

test('holds no character that a database refuses', async () => {
  const { generator } = writer([0, 65, 255])
  const text = await writeText({ ...SHOWCASE, generator, tokenizer: bytesTokenizer, parameters, seed: 1 })
  assert.equal(text, '\n# \uFFFDA\uFFFD')
})

test('in pieces it is what follows the prompt, never half a character', async () => {
  const { generator, requests } = writer([...new TextEncoder().encode('aé!')])
  const pieces: string[] = []
  const request = { ...SHOWCASE, generator, tokenizer: bytesTokenizer, parameters, seed: 7, topP: 0.5 }
  for await (const piece of continueText(request)) pieces.push(piece)
  assert.deepEqual(pieces, ['a', '', 'é', '!', ''])
  assert.deepEqual([requests[0]?.topP, requests[0]?.stop], [0.5, []])
})
