// What the state of a transaction means for the person, and what to do about it.

import type { Flight, FlightStatus } from './flight.ts'

export interface FlightText {
  /** For a badge. */
  readonly word: string
  readonly kind: 'plain' | 'good' | 'bad' | 'warn' | 'accent'
  readonly text: string
}

export function flightText({ status, nonce }: Pick<Flight, 'status' | 'nonce'>): FlightText {
  switch (status.kind) {
    case 'asking':
      return {
        word: 'In the wallet',
        kind: 'accent',
        text: 'Look at the wallet: it asks you to confirm. Compare it with what stands here.',
      }
    case 'rejected':
      return {
        word: 'Rejected',
        kind: 'plain',
        text: 'You said no in the wallet. Nothing was sent and nothing has changed.',
      }
    case 'failed':
      return { word: 'Not sent', kind: 'bad', text: `The wallet gave no transaction: ${sentence(status.message)}` }
    case 'unknown':
      return {
        word: 'Not known',
        kind: 'warn',
        text: 'This page was left while the wallet asked. If you confirmed, it was sent: look at the wallet’s activity before you do it again.',
      }
    case 'pending':
      return { word: 'Pending', kind: 'accent', text: 'Sent, and waiting for a block. You can close this page.' }
    case 'late':
      return {
        word: 'Waiting long',
        kind: 'warn',
        text: 'Not in a block for more than two minutes. Its fee may be too low: speed it up or cancel it in the wallet. Do not send it again from here.',
      }
    case 'lost':
      return {
        word: 'Lost its block',
        kind: 'warn',
        text: 'The chain was reorganised and the block it was in is gone. It will most likely be included again; nothing counts until then.',
      }
    case 'included':
      return included(status)
    case 'reverted':
      return {
        word: 'Failed',
        kind: 'bad',
        text: `The contract refused it in block ${status.block}. The fee is spent, all else is as before${status.reason === undefined ? '.' : `: ${sentence(status.reason)}`}`,
      }
    case 'replaced':
      return {
        word: 'Replaced',
        kind: 'warn',
        text: `Another transaction of this account took its place${nonce === undefined ? '' : ` (nonce ${nonce})`}: sped up or cancelled in the wallet. What counts is what this page shows after it.`,
      }
  }
}

function included({ block, confirmations }: Extract<FlightStatus, { kind: 'included' }>): FlightText {
  const on = confirmations === 0 ? 'the newest' : `${confirmations} on top of it`
  return { word: 'Done', kind: 'good', text: `Included in block ${block} (${on}).` }
}

function sentence(words: string): string {
  return `${words.replace(/\.$/, '')}.`
}
