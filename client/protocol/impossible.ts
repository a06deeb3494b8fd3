// How a replay stops: an event that the rules do not allow after those before it. Then the contract, the log or this package is
// wrong, and nothing that follows can be trusted.

import { TesseraError } from './errors.ts'
import type { RunEvent } from './events.ts'

/** @throws `transition/impossible` unless the condition holds. */
export function must(condition: boolean, event: RunEvent, what: string): asserts condition {
  if (!condition) throw impossible(event, what)
}

/** The value, unless there is none: then `transition/impossible`. */
export function known<T>(value: T | null | undefined, event: RunEvent, what: string): T {
  if (value === null || value === undefined) throw impossible(event, what)
  return value
}

function impossible(event: RunEvent, what: string): TesseraError {
  return new TesseraError('transition/impossible', `${event.name} cannot be: ${what}`, {
    hint: 'Replay from the first block of the deployment; if it happens again, the node or the contract is at fault: report it',
    context: { event: event.name, ...('run' in event ? { run: event.run } : {}) },
  })
}
