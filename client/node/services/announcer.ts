// Keeps the operator's endpoint on chain equal to where this node serves its blobs.

import { setEndpoint } from '@tessera/chain/actions/setEndpoint'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Hex } from '@tessera/protocol/hex'
import type { Actor } from '../actor.ts'
import type { Service } from '../service.ts'

export class Announcer implements Service {
  readonly name = 'announcer'
  readonly #options: { actor: Actor; deployment: Deployment; operator: Hex; endpoint: string }

  constructor(options: { actor: Actor; deployment: Deployment; operator: Hex; endpoint: string }) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { actor, deployment, operator, endpoint } = this.#options
    if (view.state.operators.get(operator)?.endpoint === endpoint) return
    await actor.act(setEndpoint(deployment, { endpoint }), { endpoint })
  }
}
