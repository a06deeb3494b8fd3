import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { TerminalDialogue } from './dialogue.ts'

/** A terminal whose output is kept, and a person who types `keys` once a question is there. */
function terminal(keys: readonly string[]) {
  const input = new PassThrough()
  const output = new PassThrough({ encoding: 'utf8' })
  let shown = ''
  let interrupts = 0
  const left = [...keys]
  output.on('data', (text: string) => {
    shown += text
    if (text.includes('? ')) for (const key of left.splice(0, 1)) input.write(key)
  })
  const dialogue = new TerminalDialogue({ input, output, onInterrupt: () => interrupts++ })
  return { input, dialogue, shown: () => shown, interrupts: () => interrupts }
}

test('a question is answered by a line, and what is typed is seen', async () => {
  const { dialogue, shown } = terminal(['yes\r', 'no\r'])
  assert.equal(await dialogue.ask('Go on? '), 'yes')
  assert.equal(await dialogue.ask('Again? '), 'no')
  assert.match(shown(), /Go on\? .*yes[\s\S]*Again\? .*no/)
})

test('a secret is not shown, and can be corrected', async () => {
  const { dialogue, shown } = terminal(['hunter1\x7f2 ü\r'])
  assert.equal(await dialogue.ask('Password? ', { secret: true }), 'hunter2 ü')
  assert.equal(shown(), 'Password? \n')
})

test('the terminal has stopped showing what is typed before the question is there, and shows it again afterwards', async () => {
  const { input, dialogue, shown } = terminal(['hunter2\r'])
  const modes: [raw: boolean, shown: string][] = []
  Object.assign(input, { setRawMode: (raw: boolean) => modes.push([raw, shown()]) })
  await dialogue.ask('Password? ', { secret: true })
  assert.deepEqual(modes, [
    [true, ''],
    [false, 'Password? '],
  ])
})

test('Ctrl-C is told, and the abort that follows ends the question', async () => {
  const stop = new AbortController()
  const { dialogue, interrupts } = terminal(['abc\x03'])
  const asked = dialogue.ask('Password? ', { secret: true, signal: stop.signal })
  queueMicrotask(() => setImmediate(() => stop.abort(new Error('stopped'))))
  await assert.rejects(asked, /stopped/)
  assert.equal(interrupts(), 1)
  await assert.rejects(dialogue.ask('Again? ', { signal: stop.signal }), /stopped/)
})

test('dialogue/ended when the input ends, or at Ctrl-D', async () => {
  const gone = terminal([])
  const asked = gone.dialogue.ask('Password? ', { secret: true })
  gone.input.end()
  await assert.rejects(asked, { code: 'dialogue/ended' })
  await assert.rejects(terminal(['\x04']).dialogue.ask('Go on? '), { code: 'dialogue/ended' })
})
