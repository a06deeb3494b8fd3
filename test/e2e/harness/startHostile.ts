// Starts a cheating miner in the place of an honest one.

import { join } from 'node:path'
import type { Cheat } from './hostileMiner.ts'
import { ROOT, type World } from './world.ts'

export function startHostile(world: World, name: string, cheat: Cheat): void {
  world.start(name, { main: join(ROOT, 'test/e2e/harness/hostileMiner.ts'), env: { TESSERA_CHEAT: cheat } })
}
