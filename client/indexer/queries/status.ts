// How the indexer itself fares.

import type { Answer } from '../api/routes.ts'

export type Status = Answer<'status'>
