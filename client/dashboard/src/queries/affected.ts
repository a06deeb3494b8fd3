// Which answers a live message makes old. Pure.

import type { RouteName } from '@tessera/indexer/api/routes'
import type { LiveMessage } from '@tessera/indexer/api/status'

/** @param key As useAnswer makes it: the route and its parameters. */
export function isAffected(key: readonly unknown[], message: LiveMessage): boolean {
  const [route, params] = key as [RouteName | 'config', Readonly<Record<string, string | number>> | undefined]
  if (route === 'config') return false
  if (message.reorg) return true
  const runs = [...message.runs, ...message.observed]
  switch (route) {
    case 'status':
      return true
    case 'runs':
    case 'operators':
    case 'emission':
      return runs.length > 0 || message.accounts.length > 0
    case 'holder':
    case 'earnings':
      return message.accounts.some((account) => account === params?.address) || runs.length > 0
    default:
      return runs.some((run) => String(run) === String(params?.run))
  }
}
