// Stands in for a Python peer in peer.test.ts: speaks the same lines, needs no Python.

import { createInterface } from 'node:readline'

const answers: Readonly<Record<string, (values: { readonly text: string }) => unknown>> = {
  shout: ({ text }) => ({ result: { text: text.toUpperCase() } }),
  environment: () => ({ result: { threads: process.env.OMP_NUM_THREADS, path: process.env.PYTHONPATH } }),
  fail: () => ({ error: 'Traceback\nValueError: no such luck' }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { call, with: values } = JSON.parse(line) as { readonly call: string; readonly with: { readonly text: string } }
  if (call === 'leave') {
    process.stderr.write('out of memory')
    process.exit(3)
  }
  if (call === 'silence') continue
  process.stdout.write(`${JSON.stringify(answers[call]?.(values))}\n`)
}
