import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { buildKubo, KUBO_VERSION, type Run } from './buildKubo.ts'

const SUM = 'h1:yIqtKSCSKZXsYHz68J6hf1/dWOe/eMyaPsTubsVUb3M='

interface Machine {
  readonly home: string
  readonly calls: string[]
  /** Version of the binary that is there, if any. */
  version?: string
  sum: string
  /** What the binary that is built says. */
  builds: string
  /** Exit code of \`go build\`. */
  code: number
  hasGo: boolean
}

/** A machine on which a program only says what the real one would say. */
async function machine(run: (machine: Machine, build: () => Promise<string>) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'tessera-build-kubo-'))
  const made: Machine = { home, calls: [], sum: SUM, builds: KUBO_VERSION, code: 0, hasGo: true }
  const program: Run = async (name, args, options) => {
    made.calls.push([name === 'go' ? 'go' : 'ipfs', args[0]].join(' '))
    const said = (text: string, code = 0) => ({ code, said: text, missing: false })
    if (name !== 'go') return made.version === undefined ? { code: null, said: '', missing: true } : said(made.version)
    if (!made.hasGo) return { code: null, said: '', missing: true }
    if (args[0] === 'mod') return said(JSON.stringify({ Dir: '/module', Sum: made.sum }))
    assert.equal(options.cwd, '/module')
    if (made.code === 0) {
      await writeFile(String(args[args.indexOf('-o') + 1]), '')
      made.version = made.builds
    }
    return said('', made.code)
  }
  try {
    await run(made, () => buildKubo({ home, print: () => {}, run: program }))
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

const code = (expected: string) => (error: unknown) => isTesseraError(error, expected) && error.hint !== undefined

describe('building Kubo', () => {
  test('is done once, and anew for another version', () =>
    machine(async (made, build) => {
      assert.equal(await build(), join(made.home, process.platform === 'win32' ? 'ipfs.exe' : 'ipfs'))
      assert.deepEqual(made.calls, ['ipfs version', 'go mod', 'go build', 'ipfs version'])
      made.calls.length = 0
      await build()
      assert.deepEqual(made.calls, ['ipfs version'])
      made.version = '0.42.0'
      await build()
      assert.equal(made.version, KUBO_VERSION)
    }))

  test('fails without Go', () =>
    machine(async (made, build) => {
      made.hasGo = false
      await assert.rejects(build(), code('kubo/no-go'))
    }))

  test('refuses a module of another sum, before anything of it is built', () =>
    machine(async (made, build) => {
      made.sum = 'h1:another'
      await assert.rejects(build(), code('kubo/wrong-sum'))
      assert.ok(!made.calls.includes('go build'))
    }))

  test('fails when Go does, and when what comes out is something else', () =>
    machine(async (made, build) => {
      made.code = 1
      await assert.rejects(build(), code('kubo/no-build'))
      made.code = 0
      made.builds = '0.1.0'
      await assert.rejects(build(), code('kubo/no-build'))
      // It is not taken for Kubo the next time either.
      made.builds = KUBO_VERSION
      await build()
      assert.equal(made.version, KUBO_VERSION)
    }))
})
