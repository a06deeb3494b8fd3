// All runs.

import type { ReactNode } from 'react'
import { PageHead } from '../components/PageHead.tsx'

export function RunsPage(): ReactNode {
  return <PageHead title="Runs" />
}
