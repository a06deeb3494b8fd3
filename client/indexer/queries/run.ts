// One run: its terms, its members, and where the round and the epochs under way stand.

import { hasSlot, slotsOf } from '@tessera/protocol/bitmap'
import type { RunParams } from '@tessera/protocol/events'
import type { EpochState, RoundState, RunState } from '@tessera/protocol/runState'
import type { Answer } from '../api/routes.ts'
import { joinedKey } from '../ingest/foldLedger.ts'
import type { RunLedger } from '../ingest/ledger.ts'
import { readManifest } from './manifests.ts'
import { lastEpochRows, memberAnswer } from './runParts.ts'
import { summaryOf } from './runs.ts'
import { runOf, type Source } from './source.ts'

type Detail = Answer<'run'>
type Live = NonNullable<Detail['live']>

export async function run(source: Source, { run: number }: { readonly run: number }): Promise<Detail> {
  const found = runOf(source, number)
  const { state } = found
  const manifest = await readManifest(source.db, found)
  return {
    summary: await summaryOf(source, found),
    params: paramsAnswer(state),
    manifest: manifest && {
      name: manifest.name,
      parameters: manifest.parameters,
      tokensPerRound: manifest.tokensPerRound,
      facts: manifest.facts.map(({ label, value }) => ({ label, value })),
    },
    members: await membersAnswer(source, found),
    live: liveAnswer(state),
    openEpochs: [...state.epochs.values()].flatMap(openEpochAnswer),
  }
}

async function membersAnswer(source: Source, found: RunLedger): Promise<Detail['members']> {
  const last = await lastEpochRows(source, found)
  const of = (role: 'miner' | 'validator') =>
    [...(role === 'miner' ? found.state.miners : found.state.validators).values()]
      .toSorted((a, b) => a.slot - b.slot)
      .map((member) => memberAnswer(found, role, member, last.get(joinedKey(role, member.operator))))
  return [...of('miner'), ...of('validator')]
}

function paramsAnswer({ params }: RunState): Detail['params'] {
  // SAFETY: a run in the ledger was created, and its creation brings them.
  const all = params as RunParams
  return { ...all, manifestSize: Number(all.manifestSize), maxRounds: Number(all.maxRounds) }
}

function liveAnswer({ round, phase }: RunState): Detail['live'] {
  if (round === null || round.end !== null || phase === 'None') return null
  return {
    round: Number(round.id),
    epoch: Number(round.epoch),
    phase,
    deadline: Number(round.deadline),
    attempt: round.attempt,
    miners: slotsOf(round.miners).map((slot) => ({
      slot,
      operator: round.minerOperators.get(slot) ?? '0x',
      state: hasSlot(round.revealed, slot) ? 'revealed' : hasSlot(round.committed, slot) ? 'committed' : 'waiting',
    })),
    validators: slotsOf(round.validators).map((slot) => ({
      slot,
      operator: round.validatorOperators.get(slot) ?? '0x',
      weight: round.weights.get(slot) ?? 0n,
      vote: voteOf(round, slot),
      leads: round.leader === slot,
    })),
    included: slotsOf(round.included),
  }
}

function voteOf(round: RoundState, slot: number): Live['validators'][number]['vote'] {
  if (hasSlot(round.worse, slot)) return 'worse'
  if (hasSlot(round.attested, slot)) return 'attested'
  return hasSlot(round.refused, slot) ? 'refused' : null
}

function openEpochAnswer(epoch: EpochState): Detail['openEpochs'] {
  const { id, phase, deadline, committed, revealed, validators } = epoch
  if (phase === 'Settled') return []
  const slots = { committed: slotsOf(committed), revealed: slotsOf(revealed), validators: slotsOf(validators) }
  return [{ epoch: Number(id), phase, deadline: deadline === 0n ? null : Number(deadline), ...slots }]
}
