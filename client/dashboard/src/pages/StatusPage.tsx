import type { ReactNode } from 'react'
import { PageHead } from '../components/PageHead.tsx'

export function StatusPage(): ReactNode {
  return <PageHead title="Status" />
}
