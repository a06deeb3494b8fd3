import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { LineProcess } from './lineProcess.ts'

function open(): LineProcess {
  return new LineProcess({
    title: 'the echo',
    hint: 'Nothing can be done',
    command: process.execPath,
    args: [fileURLToPath(new URL('./lineServer.fixture.ts', import.meta.url))],
    signal: new AbortController().signal,
  })
}

test('a program that serves lines answers, says what its errors say, and ends with its input', async () => {
  const echo = open()
  assert.deepEqual(await echo.call('echo', { text: 'a' }), { text: 'a' })
  await assert.rejects(echo.call('refuse'), {
    code: 'bench/peer-failed',
    message: /the echo failed at "refuse": test\/refused: not this one\. Ask for another \{"size":3\}/,
  })
  await assert.rejects(echo.call('unknown'), { message: /no handler for unknown/ })
  assert.deepEqual(await echo.call('echo', { text: 'b' }), { text: 'b' })
  await echo.close()
})

test('one that is busy for ever can be killed, and whoever waits is told', async () => {
  const echo = open()
  await echo.call('echo', { text: 'a' })
  const waiting = assert.rejects(echo.call('wait'), { code: 'bench/peer-failed' })
  echo.kill()
  await waiting
  await echo.close()
})
