// An address that no page has.

import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { PageHead } from '../components/PageHead.tsx'
import { to } from '../paths.ts'

export function NotFoundPage(): ReactNode {
  return (
    <PageHead
      title="There is no such page"
      below={
        <p>
          The address may have been cut off. <Link href={to.runs()}>All runs</Link>
        </p>
      }
    />
  )
}
