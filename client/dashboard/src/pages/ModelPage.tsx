import type { ReactNode } from 'react'
import { PageHead } from '../components/PageHead.tsx'

export function ModelPage(): ReactNode {
  return <PageHead title="Model" />
}
