// Which network addresses a URL from the chain may lead to: public unicast ones only. Otherwise a stranger's URL would let this machine
// send requests into its own network (SSRF). Not a firewall: it guards connections that are made through its lookup.

import { promises as dns, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { privateAddress } from './fault.ts'

// IPv4: everything in IANA's special-purpose registry that is not globally reachable, multicast and the reserved rest.
const REFUSED_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]
// IPv6: only 2000::/3 is unicast space of the internet. That leaves out loopback, link-local, unique local, multicast, mapped IPv4 and
// NAT64; within it, protocol assignments with Teredo, documentation, and 6to4, which embeds an IPv4 address.
const REFUSED_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const refused = new BlockList()
for (const [net, prefix] of REFUSED_V4) refused.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of REFUSED_V6) refused.addSubnet(net, prefix, 'ipv6')
const unicastV6 = new BlockList()
unicastV6.addSubnet('2000::', 3, 'ipv6')

/** True when `address`, an IPv4 or IPv6 address as text, is a public unicast one. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !refused.check(address, 'ipv4')
  // A zone (`fe80::1%eth0`) only makes sense on a local link.
  if (family === 6) return !address.includes('%') && unicastV6.check(address, 'ipv6') && !refused.check(address, 'ipv6')
  return false
}

/** Whether a host of a URL is written out as an address, and not a public one. Names are checked when they are resolved. */
export function isPrivateHost(host: string): boolean {
  return isIP(host) !== 0 && !isPublicAddress(host)
}

export type Resolve = (hostname: string) => Promise<LookupAddress[]>

const systemResolve: Resolve = (hostname) => dns.lookup(hostname, { all: true })

/**
 * A lookup for node:net that resolves a name once, checks every address, and hands the connection exactly the checked ones: a name that
 * changes its mind between check and use gains nothing. A name with even one refused address is refused.
 * The connection fails with `storage/private-address`.
 */
export function guardedLookup(allowPrivate: boolean, resolve: Resolve = systemResolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const bad = addresses.find(({ address }) => !allowPrivate && !isPublicAddress(address))
        const [first] = addresses
        if (bad !== undefined) callback(privateAddress(hostname, bad.address), '', 0)
        else if (options.all === true) callback(null, addresses)
        else if (first === undefined) callback(new Error(`no address for ${hostname}`), '', 0)
        else callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 0),
    )
  }
}
