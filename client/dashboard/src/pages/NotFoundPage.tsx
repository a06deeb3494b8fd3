// An address that no page has.

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Notice } from '../components/Notice.tsx'
import { to } from '../paths.ts'

export function NotFoundPage(): ReactNode {
  return (
    <Notice title="There is no such page">
      <p>
        The address may have been cut off. <Link href={to.runs()}>All runs</Link>
      </p>
    </Notice>
  )
}
