// The other end of MeasuredProcess.ask: a program that does what its parent asks, one answer for each request, and ends with its parent.

type Handler = (values: Readonly<Record<string, unknown>>) => Promise<unknown>

interface Request {
  readonly id: number
  readonly name: string
  readonly values: Readonly<Record<string, unknown>>
}

export function answerRequests(handlers: Readonly<Record<string, Handler>>): void {
  process.on('message', ({ id, name, values }: Request) => {
    const handler = handlers[name]
    const answered = handler === undefined ? Promise.reject(new Error(`no request ${name}`)) : handler(values)
    answered.then(
      (result) => process.send?.({ id, result: result ?? null }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit())
}
