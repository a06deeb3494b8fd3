// Every page of the dashboard, of the network that the tests share: for the checks and pictures that go through all of them.

import type { Hex } from '@tessera/protocol/hex'
import { HONEST_MINERS, SILENT_MINER, type Stage } from './stage.ts'

export interface NamedPath {
  readonly name: string
  /** Behind `#`. */
  readonly path: string
}

export function operatorOf({ world }: Stage, name: string): Hex {
  const member = world.members.get(name)
  if (member === undefined) throw new Error(`no member ${name}`)
  return member.operator
}

export function pagesOf(stage: Stage): readonly NamedPath[] {
  const { network } = stage.world
  const run = `/run/${network.run}`
  const honest = operatorOf(stage, HONEST_MINERS[0])
  return [
    { name: 'runs', path: '/' },
    { name: 'run', path: run },
    { name: 'round', path: `${run}/round/1` },
    { name: 'miner', path: `${run}/miner/${honest}` },
    { name: 'miner-zero', path: `${run}/miner/${operatorOf(stage, SILENT_MINER)}` },
    { name: 'validator', path: `${run}/validator/${operatorOf(stage, 'validator-1')}` },
    { name: 'holder', path: `/holder/${network.delegator.address}` },
    { name: 'holder-nobody', path: '/holder' },
    { name: 'verify', path: '/verify' },
    { name: 'verify-payout', path: `/verify/payout/${network.run}/1/${honest}/${honest}/0` },
    { name: 'verify-checkpoint', path: `/verify/checkpoint/${network.run}/1` },
    { name: 'model', path: `/model/${network.run}` },
    { name: 'status', path: '/status' },
    { name: 'not-found', path: '/nowhere' },
  ]
}
