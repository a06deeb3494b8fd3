// Whether what the dashboard shows can be relied on: one check a part, green or red, with what to do about red. Pure.

import type { Answer } from '@tessera/indexer/api/routes'
import { countText, durationText } from '../format/numbers.ts'
import { plural } from '../format/plural.ts'

type Status = Answer<'status'>

export type CheckState = 'good' | 'warn' | 'bad'

export interface Check {
  readonly name: string
  readonly state: CheckState
  /** What was found. */
  readonly words: string
  /** What to do, when it is not good. */
  readonly advice: string | undefined
}

/** Blocks that an indexer may be behind while it is at work. */
const MOST_LAG = 3
/** Seconds for which a chain without a block is not thought to stand. */
const QUIET_CHAIN = 120
const SLOW_RPC_MS = 1_500
const MOST_BEHIND = 3
/** Seconds for which a reorganisation is news. */
const RECENT = 600

/** @param isConnected Whether the live stream of this page stands. */
export function checksOf(status: Status, isConnected: boolean): readonly Check[] {
  return [
    lagCheck(status),
    rpcCheck(status),
    reorgCheck(status),
    observerCheck(status),
    gatewayCheck(status),
    liveCheck(isConnected),
  ]
}

export function worstOf(checks: readonly Check[]): CheckState {
  const has = (state: CheckState): boolean => checks.some((check) => check.state === state)
  return has('bad') ? 'bad' : has('warn') ? 'warn' : 'good'
}

function check(name: string, state: CheckState, words: string, advice?: string): Check {
  return { name, state, words, advice: state === 'good' ? undefined : advice }
}

function lagCheck({ head, indexed, now }: Status): Check {
  const name = 'Indexer'
  if (head === null || indexed === null)
    return check(
      name,
      'warn',
      'It has not read a block yet.',
      'It starts from the first block: wait, or see whether its RPC answers.',
    )
  const lag = Math.max(0, head.number - indexed.number)
  const seconds = Math.max(0, now - indexed.timestamp)
  const words =
    lag === 0
      ? `It is at the chain’s newest block, ${countText(head.number)}, from ${durationText(seconds)} ago.`
      : `It is ${plural(lag, 'block')} (${durationText(seconds)}) behind block ${countText(head.number)}.`
  if (lag > MOST_LAG)
    return check(
      name,
      'bad',
      words,
      'Numbers are those of then. It catches up by itself; if the lag grows, its machine or its RPC is too slow.',
    )
  const isQuiet = seconds > QUIET_CHAIN
  return check(
    name,
    isQuiet ? 'warn' : 'good',
    words,
    'The chain has made no block for a while: see whether its nodes run.',
  )
}

function rpcCheck({ rpc: { ok, latencyMs, error } }: Status): Check {
  const name = 'RPC of the chain'
  if (!ok)
    return check(
      name,
      'bad',
      error ?? 'It does not answer.',
      'Nothing new is read until it answers. Start the indexer with another RPC, or wait for this one.',
    )
  const isSlow = latencyMs !== null && latencyMs > SLOW_RPC_MS
  const words = latencyMs === null ? 'It answers.' : `It answers in ${countText(latencyMs)} ms.`
  return check(name, isSlow ? 'warn' : 'good', words, 'A nearer or less busy RPC would make the numbers fresher.')
}

function reorgCheck({ reorgs, now }: Status): Check {
  const name = 'Reorganisations'
  const [newest] = reorgs
  if (newest === undefined) return check(name, 'good', 'The chain has lost no block since the indexer started.')
  const ago = durationText(Math.max(0, now - newest.at))
  const words = `The chain lost blocks from ${countText(newest.from)} on, ${ago} ago${reorgs.length > 1 ? `; ${countText(reorgs.length)} times in all` : ''}.`
  const isRecent = now - newest.at < RECENT
  return check(
    name,
    isRecent ? 'warn' : 'good',
    words,
    'What those blocks held was taken back. Wait some blocks before you rely on the newest numbers.',
  )
}

function observerCheck({ observer: { on, error, runs } }: Status): Check {
  const name = 'Observer'
  if (!on)
    return check(
      name,
      'warn',
      'It is off: losses, texts and receipts are not looked at.',
      'Start the indexer with its observer to see them; payouts are right without it.',
    )
  if (error !== null)
    return check(name, 'bad', error, 'Losses and texts of new rounds are missing until this is mended.')
  const behind = runs.reduce((most, run) => Math.max(most, run.behind), 0)
  if (runs.length === 0) return check(name, 'good', 'It is on; there is no run to look at.')
  const words =
    behind === 0 ? 'It has looked at every round that is over.' : `It is up to ${plural(behind, 'round')} behind.`
  return check(
    name,
    behind > MOST_BEHIND ? 'warn' : 'good',
    words,
    'Losses and texts of the newest rounds come later. It catches up by itself.',
  )
}

function gatewayCheck({ gateways }: Status): Check {
  const name = 'Gateways'
  if (gateways.length === 0)
    return check(
      name,
      'warn',
      'None is known.',
      'Checkpoints and receipts cannot be fetched for verification until an operator announces one.',
    )
  const fine = gateways.filter(({ ok }) => ok).length
  const words = `${fine} of ${gateways.length} answer.`
  if (fine === 0)
    return check(
      name,
      'bad',
      words,
      'Blobs cannot be fetched: verification has nothing to check. Add a gateway of your own to config.json.',
    )
  return check(name, fine < gateways.length ? 'warn' : 'good', words, 'Blobs are fetched from those that answer.')
}

function liveCheck(isConnected: boolean): Check {
  return check(
    'This page',
    isConnected ? 'good' : 'bad',
    isConnected ? 'It is told of every new block.' : 'It has lost its live connection to the indexer.',
    'It reconnects by itself. If it does not, see whether this device is online, and load the page again.',
  )
}
