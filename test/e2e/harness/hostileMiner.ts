// A miner that cheats: follows the run with an honest miner's own parts, and sends what it should not. A program of its own, so
// that it meets the network as a stranger does.

import { randomBytes } from 'node:crypto'
import { parseOptions } from '@tessera/agent/options'
import { runMain } from '@tessera/agent/runMain'
import { commit } from '@tessera/chain/actions/commit'
import { reveal } from '@tessera/chain/actions/reveal'
import type { Followed } from '@tessera/chain/follow'
import { minerOptions } from '@tessera/miner/options'
import { type Node, openNode, runNode } from '@tessera/node/node'
import { endingPhase } from '@tessera/node/phaseEnd'
import type { Service } from '@tessera/node/service'
import { Announcer } from '@tessera/node/services/announcer'
import { hasSlot } from '@tessera/protocol/bitmap'
import { contributionCommitment } from '@tessera/protocol/commitment'
import { compressUpdate } from '@tessera/protocol/compress'
import {
  contributionRoot,
  decodeContribution,
  maxContributionBytes,
  minContributionBytes,
  recordsTree,
} from '@tessera/protocol/contribution'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import type { RoundState } from '@tessera/protocol/runState'
import { revealedIn, slotOf } from '@tessera/protocol/runView'
import { Random } from '@tessera/training/random'

export type Cheat = 'garbage' | 'copy' | 'silent' | 'poison'

/** Deviation of the entries of a poisoned update: several times that of the weights. */
const POISON = 0.5

interface Payload {
  readonly contributionRoot: Hex
  readonly digest: Hex
  readonly size: bigint
  readonly salt: Hex
}

class Cheater implements Service {
  readonly name = 'cheater'
  readonly #node: Node
  readonly #cheat: Cheat
  readonly #payloads = new Map<Hex, Payload>()

  constructor(node: Node, cheat: Cheat) {
    this.#node = node
    this.#cheat = cheat
  }

  async step(view: Followed): Promise<void> {
    const { run, operator, actor, chain } = this.#node
    const { round, phase } = view.state
    const slot = slotOf(view.state, 'miner', operator)
    if (round === null || slot === undefined || !hasSlot(round.miners, slot)) return
    const about = { run, round: round.id, slot }
    if ((phase === 'Train' || phase === 'Commit') && !hasSlot(round.committed, slot)) {
      const payload = await this.#payload(view)
      if (payload === undefined) return
      this.#payloads.set(round.trainSeed, payload)
      const commitment = contributionCommitment({ ...about, ...payload })
      const request = commit(chain.deployment, { ...about, commitment })
      await actor.act(endingPhase(chain.deployment, view.state, request, { kind: 'commit', slot }), about)
    } else if (
      phase === 'Reveal' &&
      this.#cheat !== 'silent' &&
      hasSlot(round.committed, slot) &&
      !hasSlot(round.revealed, slot)
    ) {
      const payload = this.#payloads.get(round.trainSeed)
      if (payload === undefined) return
      const request = reveal(chain.deployment, { ...about, ...payload })
      await actor.act(endingPhase(chain.deployment, view.state, request, { kind: 'reveal', slot }), about)
    }
  }

  async #payload(view: Followed): Promise<Payload | undefined> {
    if (this.#cheat === 'copy') return await this.#another(view)
    return this.#cheat === 'poison' ? await this.#poison(view) : await this.#noise()
  }

  /** A contribution that is right in form and would undo all that the model has learnt. */
  async #poison({ state }: Followed): Promise<Payload> {
    const { bundle, store, operator, run } = this.#node
    const { layout, manifest } = bundle
    const { steps, batch } = manifest.training
    const { id: round, parentRoot: baseRoot } = state.round as RoundState
    // Of one's own, since a copy of another's poison would be left out.
    const random = new Random(Number((BigInt(operator) + round) % 2n ** 31n))
    const { contribution, recordsRoot } = compressUpdate({
      update: Float32Array.from({ length: layout.parameters }, () => POISON * random.normal()),
      layout,
      codec: manifest.codec,
      header: { run, round, miner: operator, innerSteps: steps, samples: steps * batch, baseRoot },
    })
    const maxBytes = contribution.blob.length
    const { digest, size } = await store.put(contribution.blob, { round: Number(round), maxBytes })
    return {
      contributionRoot: contributionRoot(contribution, recordsRoot),
      digest,
      size: BigInt(size),
      salt: bytesToHex(randomBytes(32)),
    }
  }

  /** Bytes of the right size that are no contribution. */
  async #noise(): Promise<Payload> {
    const { bundle, store } = this.#node
    const bytes = randomBytes(minContributionBytes(bundle.layout, bundle.manifest.codec) + 8)
    const { digest, size } = await store.put(bytes, { round: 1, maxBytes: bytes.length })
    return {
      contributionRoot: bytesToHex(randomBytes(32)),
      digest,
      size: BigInt(size),
      salt: bytesToHex(randomBytes(32)),
    }
  }

  /** What another miner revealed in the round before, as it is: there is nothing younger to copy, since commitments are sealed. */
  async #another(view: Followed): Promise<Payload | undefined> {
    const { bundle, store, sources, operator } = this.#node
    const past = view.state.rounds.at(-1)
    const victim =
      past &&
      revealedIn(view.state, past.id).find((revealed) => {
        const end = past.end
        return revealed.operator !== operator && end?.kind === 'final' && hasSlot(end.included, revealed.slot)
      })
    if (victim === undefined) return undefined
    const ref = { digest: victim.digest, size: Number(victim.size) }
    const maxBytes = maxContributionBytes(bundle.layout, bundle.manifest.codec)
    const blob = await store.read(ref, { sources: sources(victim.operator), deadlineMs: 5_000, maxBytes, round: 1 })
    const contribution = decodeContribution(blob, { layout: bundle.layout, codec: bundle.manifest.codec })
    return {
      contributionRoot: contributionRoot(contribution, recordsTree(contribution).root),
      digest: victim.digest,
      size: victim.size,
      salt: bytesToHex(randomBytes(32)),
    }
  }
}

const cheat = process.env.TESSERA_CHEAT as Cheat
await runMain(
  async (lifecycle) => {
    const options = parseOptions(minerOptions, { argv: process.argv.slice(2), env: process.env })
    const node = await openNode({ component: 'miner', options, lifecycle, routes: {}, settings: {} })
    const { actor, operator, endpoint, chain } = node
    await runNode(node, [
      new Announcer({ actor, deployment: chain.deployment, operator, endpoint }),
      new Cheater(node, cheat),
    ])
  },
  { parent: 'stdin' },
)
