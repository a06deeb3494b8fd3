import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hex } from '@tessera/protocol/hex'
import { lowerHex } from '@tessera/protocol/hex'
import { accountOf } from './account.ts'
import { parseTicket, type RelayTicket, signerOf, signTicket } from './relayTicket.ts'

const ACCOUNT = accountOf(`0x${'11'.repeat(32)}`)
const SIGNER = lowerHex(ACCOUNT.address)
const SCOPE = { chainId: 31_377, genesisHash: word('aa', 32), runCoordinator: word('c0', 20) }
const TICKET: RelayTicket = {
  operator: word('a1', 20),
  relay: word('b2', 20),
  run: 7n,
  round: 12n,
  digest: word('dd', 32),
  size: 1_000_000n,
  expiry: 1_800_000_000n,
}

function word(byte: string, bytes: number): Hex {
  return `0x${byte.repeat(bytes)}`
}

test('a ticket arrives as it was signed, and says who signed it', async () => {
  const signed = parseTicket(await signTicket(SCOPE, TICKET, ACCOUNT))
  assert.deepEqual(signed.ticket, TICKET)
  assert.equal(await signerOf(SCOPE, signed), SIGNER)
})

test('nothing of it can be changed, and it holds in no other place', async () => {
  const signed = parseTicket(await signTicket(SCOPE, TICKET, ACCOUNT))
  const others: readonly Partial<RelayTicket>[] = [
    { operator: word('a2', 20) },
    { relay: word('b3', 20) },
    { run: 8n },
    { round: 13n },
    { digest: word('de', 32) },
    { size: 1_000_001n },
    { expiry: 1_800_000_001n },
  ]
  for (const other of others) {
    const changed = { ...signed, ticket: { ...signed.ticket, ...other } }
    assert.notEqual(await signerOf(SCOPE, changed), SIGNER, Object.keys(other).join())
  }
  const scopes = [{ chainId: 1 }, { genesisHash: word('ab', 32) }, { runCoordinator: word('c1', 20) }]
  for (const other of scopes) assert.notEqual(await signerOf({ ...SCOPE, ...other }, signed), SIGNER)
  const nonsense = { ...signed, signature: word('ff', 65) }
  assert.equal(await signerOf(SCOPE, nonsense), undefined)
})

test('anything else is refused: relay/bad-ticket', async () => {
  const text = await signTicket(SCOPE, TICKET, ACCOUNT)
  const fields = text.split(',')
  const swapped = (at: number, value: string): string => fields.with(at, value).join()
  const bad = [
    '',
    ',',
    `${text},1`,
    fields.slice(1).join(),
    swapped(0, '0x12'),
    swapped(1, 'relay'),
    swapped(2, '-1'),
    swapped(3, '1e3'),
    swapped(3, '0x10'),
    swapped(4, word('dd', 31)),
    swapped(5, '9007199254740993'),
    swapped(6, '012'),
    swapped(7, word('00', 64)),
    'x'.repeat(100_000),
  ]
  for (const value of bad) assert.throws(() => parseTicket(value), { code: 'relay/bad-ticket' }, value.slice(0, 80))
})
