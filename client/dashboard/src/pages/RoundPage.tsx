import type { ReactNode } from 'react'
import { PageHead } from '../components/PageHead.tsx'

export function RoundPage(): ReactNode {
  return <PageHead title="Round" />
}
