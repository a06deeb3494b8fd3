import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseOptions } from '@tessera/agent/options'
import type { BenchContext } from '../bench.ts'
import { benchOptions } from '../options.ts'
import { findPython } from './environment.ts'

let root: string
let lines: string[]

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'bench-python-'))
})
after(async () => {
  await rm(root, { recursive: true })
})

function contextOf(argv: readonly string[], signal = new AbortController().signal): BenchContext {
  lines = []
  const log = (line: string) => lines.push(line)
  const args = parseOptions(benchOptions, { argv, env: {} })
  return { root, cacheFolder: root, signal, log, full: false, resume: false, args }
}

test('an interpreter without torch is refused in words, and the benchmark goes on without its peer', async () => {
  // Node is asked to import torch and cannot either.
  assert.equal(await findPython(contextOf(['--python', process.execPath])), undefined)
  assert.match(lines.join('\n'), /cannot import torch: running without the peer/)
})

test('nothing is installed when that was forbidden', async () => {
  assert.equal(await findPython(contextOf(['--no-install'])), undefined)
  assert.match(lines.join('\n'), /--no-install was given: running without the peer/)
})

test('a stop during the question is a stop, not an interpreter without torch', async () => {
  const stop = new AbortController()
  const asked = findPython(contextOf(['--python', process.execPath], stop.signal))
  stop.abort(new Error('enough'))
  await assert.rejects(asked, { message: 'enough' })
})
