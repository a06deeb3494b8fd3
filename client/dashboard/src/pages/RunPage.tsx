import type { ReactNode } from 'react'
import { PageHead } from '../components/PageHead.tsx'

export function RunPage(): ReactNode {
  return <PageHead title="Run" />
}
