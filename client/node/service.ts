// One duty of a node. A service is asked at each look at the chain, does what its duty asks for in that state and returns;
// work that takes long goes on beside it. A retryable error is logged and the duty comes up again at the next look; any other
// stops the node.

import type { Followed } from '@tessera/chain/follow'

export interface Service {
  readonly name: string
  step(view: Followed): Promise<void>
}
