import type { ReactNode } from 'react'
import { PageHead } from '../components/PageHead.tsx'

export function MemberPage(): ReactNode {
  return <PageHead title="Member" />
}
