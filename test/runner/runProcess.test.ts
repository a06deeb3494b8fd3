import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { runProcess } from './runProcess.ts'

const cwd = import.meta.dirname

test('the exit code is handed on, and a death by signal is a failure', async () => {
  const { signal } = new AbortController()
  assert.equal(await runProcess(['-e', 'process.exit(0)'], { cwd, signal }), 0)
  assert.equal(await runProcess(['-e', 'process.exit(7)'], { cwd, signal }), 7)
  assert.equal(await runProcess(['-e', 'process.kill(process.pid, "SIGKILL")'], { cwd, signal }), 1)
})

// A grandchild holds a connection to this process for as long as it lives, so its end is seen and not waited for by the clock.
async function withGrandchild(t: { after(fn: () => void): void }, parentEnds: boolean) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const grandchild = `require('net').connect(${port}, '127.0.0.1').resume(); setInterval(() => {}, 1000)`
  const start = `const child = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'ignore' })`
  const wait = parentEnds
    ? `require('net').connect(${port}, '127.0.0.1').on('data', () => process.exit(0))`
    : 'setInterval(() => {}, 1000)'
  return { server, script: `${start}\n${wait}` }
}

test('an abort ends the child and what it started', async (t) => {
  const { server, script } = await withGrandchild(t, false)
  const stop = new AbortController()
  const run = runProcess(['-e', script], { cwd, signal: stop.signal })
  const [socket] = (await once(server, 'connection')) as [Socket]
  const closed = once(socket.on('error', () => undefined).resume(), 'close')
  stop.abort(new Error('enough'))
  await assert.rejects(run, /enough/)
  await closed
})

test('what a child leaves behind is ended', async (t) => {
  const { server, script } = await withGrandchild(t, true)
  const sockets: Socket[] = []
  const both = Promise.withResolvers<void>()
  server.on('connection', (socket) => {
    sockets.push(socket.on('error', () => undefined).resume())
    if (sockets.length === 2) both.resolve()
  })
  const run = runProcess(['-e', script], { cwd, signal: new AbortController().signal })
  await both.promise
  const closed = sockets.map((socket) => once(socket, 'close'))
  for (const socket of sockets) socket.write('go')
  assert.equal(await run, 0)
  await Promise.all(closed)
})

test('an aborted signal starts nothing', async () => {
  await assert.rejects(runProcess(['-e', ''], { cwd, signal: AbortSignal.abort(new Error('enough')) }), /enough/)
})
