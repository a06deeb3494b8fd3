// Keeps the operator's endpoint on chain equal to where this node serves its blobs.

import { setEndpoint } from '@tessera/chain/actions/setEndpoint'
import type { Deployment } from '@tessera/chain/addresses'
import type { Followed } from '@tessera/chain/follow'
import type { Hex } from '@tessera/protocol/hex'
import type { Actor } from '../actor.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Service } from '../service.ts'

export interface AnnouncerOptions {
  readonly actor: Actor
  readonly deployment: Deployment
  readonly operator: Hex
  readonly endpoint: Endpoint
}

export class Announcer implements Service {
  readonly name = 'announcer'
  readonly #options: AnnouncerOptions

  constructor(options: AnnouncerOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    const { actor, deployment, operator } = this.#options
    const endpoint = this.#options.endpoint(view)
    // One that is not known yet: what stands on chain is no worse than nothing.
    if (endpoint === undefined) return
    if (view.state.operators.get(operator)?.endpoint === endpoint) return
    await actor.act(setEndpoint(deployment, { endpoint }), { endpoint })
  }
}
