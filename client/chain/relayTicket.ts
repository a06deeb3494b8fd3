// What an author shows the gateway that publishes for it: one blob of one round, named by its address and length, to this relay, for a
// while. Signed as typed data (EIP-712) by the operator's hot key, under a domain that no other chain, deployment or message shares.
// Whoever repeats a ticket can only bring the same bytes to the same place once more. Not who may use it: that is the relay's to decide.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, isHex, lowerHex } from '@tessera/protocol/hex'
import { type PrivateKeyAccount, recoverTypedDataAddress } from 'viem'
import type { Deployment } from './addresses.ts'

export interface RelayTicket {
  /** Whose blob it is. */
  readonly operator: Hex
  /** Operator of the gateway that it is for. */
  readonly relay: Hex
  readonly run: bigint
  readonly round: bigint
  readonly digest: Hex
  readonly size: bigint
  /** Good for blocks up to this time of the chain, unix seconds. */
  readonly expiry: bigint
}

export interface SignedTicket {
  readonly ticket: RelayTicket
  readonly signature: Hex
}

const TYPES = {
  RelayTicket: [
    { name: 'operator', type: 'address' },
    { name: 'relay', type: 'address' },
    { name: 'run', type: 'uint256' },
    { name: 'round', type: 'uint64' },
    { name: 'digest', type: 'bytes32' },
    { name: 'size', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
  ],
} as const

type Scope = Pick<Deployment, 'chainId' | 'genesisHash' | 'runCoordinator'>

function typedData({ chainId, genesisHash, runCoordinator }: Scope, message: RelayTicket) {
  // The genesis too: test networks have one chain id and one address for all their lives.
  const domain = { name: 'Tessera relay', version: '1', chainId, verifyingContract: runCoordinator, salt: genesisHash }
  return { domain, types: TYPES, primaryType: 'RelayTicket', message } as const
}

/** As the text of a header: the ticket's fields and its signature, with commas between them. */
export async function signTicket(scope: Scope, ticket: RelayTicket, account: PrivateKeyAccount): Promise<string> {
  const signature = await account.signTypedData(typedData(scope, ticket))
  const { operator, relay, digest } = ticket
  const fields = [operator, relay, ticket.run, ticket.round, digest, ticket.size, ticket.expiry, signature]
  return fields.join()
}

/** Longer than any ticket: seven fields and a signature. */
const MAX_CHARACTERS = 1024

/**
 * A ticket as it came from outside. Says nothing about its signature.
 * @throws `relay/bad-ticket`
 */
export function parseTicket(text: string): SignedTicket {
  if (text.length > MAX_CHARACTERS) throw badTicket('length')
  const fields = text.split(',')
  const [operator, relay, run, round, digest, size, expiry, signature] = fields
  if (fields.length !== 8) throw badTicket('fields')
  if (!isHex(operator, 20) || !isHex(relay, 20)) throw badTicket('operator or relay')
  if (!isHex(digest, 32)) throw badTicket('digest')
  if (!isHex(signature, 65)) throw badTicket('signature')
  const ticket = {
    operator: lowerHex(operator),
    relay: lowerHex(relay),
    run: number(run, 'run'),
    round: number(round, 'round'),
    digest: lowerHex(digest),
    size: number(size, 'size'),
    expiry: number(expiry, 'expiry'),
  }
  return { ticket, signature }
}

/** Who signed it, in lower case; undefined when the signature is none. */
export async function signerOf(scope: Scope, { ticket, signature }: SignedTicket): Promise<Hex | undefined> {
  try {
    return lowerHex(await recoverTypedDataAddress({ ...typedData(scope, ticket), signature }))
  } catch {
    // viem throws for a point that is not on the curve and the like: nobody's signature.
    return undefined
  }
}

function number(text: string | undefined, field: string): bigint {
  if (text === undefined || !/^(0|[1-9]\d{0,15})$/.test(text)) throw badTicket(field)
  const value = BigInt(text)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badTicket(field)
  return value
}

function badTicket(field: string): TesseraError {
  return new TesseraError('relay/bad-ticket', `not a ticket for a relay: ${field}`, {
    hint: 'Use the same version of the program on both sides',
    context: { field },
  })
}
