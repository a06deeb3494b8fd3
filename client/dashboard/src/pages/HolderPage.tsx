import type { ReactNode } from 'react'
import { PageHead } from '../components/PageHead.tsx'

export function HolderPage(): ReactNode {
  return <PageHead title="Holder" />
}
