import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findChromium } from './chromium.ts'

const folder = mkdtempSync(join(tmpdir(), 'tessera-chromium-'))
test.after(() => rmSync(folder, { recursive: true }))
const print = (): void => undefined

test('the named program is taken, else the one on the PATH, else one is installed', () => {
  const other = join(folder, 'browser')
  writeFileSync(other, '', { mode: 0o755 })
  const env = { PATH: `/nowhere:${folder}` }
  assert.equal(findChromium({ env: { ...env, TESSERA_CHROMIUM: other }, print }), other)
  const chrome = join(folder, 'google-chrome')
  const lines: string[] = []
  const install = (): void => writeFileSync(chrome, '', { mode: 0o755 })
  assert.equal(findChromium({ env, print: (line) => lines.push(line), install }), chrome)
  assert.equal(lines.length, 1)
  const untried = (): void => assert.fail('it is there')
  assert.equal(findChromium({ env, print, install: untried }), chrome)
})

test('where there is none it says what to do', () => {
  const error = { code: 'browser/not-found', hint: /TESSERA_CHROMIUM/ }
  assert.throws(() => findChromium({ env: { PATH: '' }, print, install: () => undefined }), error)
  assert.throws(() => findChromium({ env: { PATH: folder, TESSERA_CHROMIUM: join(folder, 'gone') }, print }), error)
})
