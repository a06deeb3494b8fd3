// Which gateways there are: those that members of runs announced, and those that the program was told of.

import type { Ledger } from '../ingest/ledger.ts'
import type { Gateway } from './gatewayProbe.ts'

/** Each URL once, with the first operator that announced it. */
export function gatewaysOf({ runs }: Ledger, told: readonly string[]): Gateway[] {
  const gateways = new Map<string, Gateway>(told.map((url) => [url, { url, operator: null }]))
  for (const { state } of runs.values())
    for (const { operator } of [...state.miners.values(), ...state.validators.values()]) {
      const url = state.operators.get(operator)?.endpoint ?? ''
      if (url !== '' && !gateways.has(url)) gateways.set(url, { url, operator })
    }
  return [...gateways.values()]
}
