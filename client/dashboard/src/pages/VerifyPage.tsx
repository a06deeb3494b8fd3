import type { ReactNode } from 'react'
import { PageHead } from '../components/PageHead.tsx'

export function VerifyPage(): ReactNode {
  return <PageHead title="Verify" />
}
