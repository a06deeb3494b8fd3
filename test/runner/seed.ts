// Loaded before each test file when TESSERA_SEED is set: every property of fast-check starts from that seed, so a failure that
// printed one is met again.

import { configureGlobal } from 'fast-check'

const seed = Number(process.env.TESSERA_SEED)
if (!Number.isSafeInteger(seed)) throw new Error(`TESSERA_SEED is not an integer: ${process.env.TESSERA_SEED}`)
configureGlobal({ seed })
