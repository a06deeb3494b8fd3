// Where a blob may be fetched from: the base URL of a trustless gateway. URLs come from the chain, so anybody can write anything.

import type { SourceRole } from '@tessera/protocol/blobSource'
import { TesseraError } from '@tessera/protocol/errors'
import { isPrivateHost } from '#hostGuard'
import { privateAddress } from './fault.ts'

/** Longest URL, in bytes: MAX_ENDPOINT_BYTES of the StakeVault, so that no URL that an operator could register is refused for its length. */
export const MAX_URL_BYTES = 256
/** Longest host name that DNS knows. */
const MAX_HOST_CHARACTERS = 253

export interface Source {
  /** Scheme, host, port and path prefix, without a slash at the end. */
  readonly base: string
}

/** With what to expect of whoever is there. */
export interface RankedSource extends Source {
  readonly role: SourceRole
}

export interface SourceRules {
  /** Development only: http, and addresses of this machine and its network. */
  readonly allowLoopback: boolean
}

/**
 * A URL from outside as a source. Names are resolved, and their addresses checked, when the connection is made.
 * @throws `storage/bad-source`, `storage/private-address` for an address that is written out
 */
export function parseSource(text: string, rules: SourceRules): Source {
  if (typeof text !== 'string' || text.length > MAX_URL_BYTES) throw badSource('longer than 256 bytes', text)
  // Also keeps out what URL parsing would silently drop or rewrite: tabs, line breaks, backslashes, non-ASCII hosts.
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes('\\')) throw badSource('not plain ASCII', text)
  if (text.includes('?') || text.includes('#')) throw badSource('query or fragment', text)
  const url = URL.parse(text)
  if (url === null) throw badSource('not a URL', text)
  const schemeFits = url.protocol === 'https:' || (rules.allowLoopback && url.protocol === 'http:')
  if (!schemeFits) throw badSource('not https', text)
  if (url.username !== '' || url.password !== '' || text.includes('@')) throw badSource('user information', text)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (/^\.|\.\./.test(host)) throw badSource('a host name with an empty part', text)
  if (host.length > MAX_HOST_CHARACTERS) throw badSource('a host name of more than 253 characters', text)
  // node:net connects to a written-out address without asking the lookup.
  if (!rules.allowLoopback && isPrivateHost(host)) throw privateAddress(text, host)
  return { base: `${url.origin}${url.pathname.replace(/\/+$/, '')}` }
}

function badSource(reason: string, text: unknown): TesseraError {
  return new TesseraError('storage/bad-source', `not a gateway URL: ${reason}`, {
    hint: 'A source is an https URL of at most 256 bytes without user, query or fragment, e.g. https://gateway.example',
    context: { reason, url: String(text).slice(0, MAX_URL_BYTES) },
  })
}
