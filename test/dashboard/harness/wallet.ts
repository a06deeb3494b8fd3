// A wallet as a browser extension is one: an EIP-1193 provider that announces itself by EIP-6963, with one account whose key stays
// in Node. It does what the test tells it to do, and keeps what it was asked to sign.

import { accountOf } from '@tessera/chain/account'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import type { Page } from 'playwright-core'
import { createWalletClient, defineChain, http, numberToHex, type RpcTransactionRequest } from 'viem'

/** approve: signs and sends. reject: as a person does who presses "no". stall: does not answer until it is told to go on. */
export type Manners = 'approve' | 'reject' | 'stall'

export interface Wallet {
  readonly address: Hex
  manners: Manners
  /** What it was asked to sign, in order, whether it did or not. */
  readonly asked: readonly Asked[]
  /** Answers what was held up by `stall`, as `manners` now says. */
  goOn(): void
  /** Goes to another chain by itself, as a person does in the wallet's own window. */
  moveTo(page: Page, chainId: number): Promise<void>
}

export interface Asked {
  readonly method: string
  readonly params: readonly unknown[]
}

export interface WalletOptions {
  readonly key: Hex
  readonly rpcUrl: string
  readonly chainId: number
  /** Where it stands at first, if not on `chainId`. */
  readonly startsOn?: number
}

export const WALLET_NAME = 'Test wallet'
const BINDING = 'tesseraTestWallet'
const USER_REJECTED = 4001
const UNKNOWN_CHAIN = 4902
const SIGNS: ReadonlySet<string> = new Set([
  'eth_sendTransaction',
  'eth_signTransaction',
  'eth_sign',
  'personal_sign',
  'eth_signTypedData_v4',
])

type Reply = { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string } }

/** Call before the page is opened. */
export async function installWallet(page: Page, options: WalletOptions): Promise<Wallet> {
  const account = accountOf(options.key)
  const address = lowerHex(account.address)
  const asked: Asked[] = []
  const held: (() => void)[] = []
  let chainId = options.startsOn ?? options.chainId
  // Whether the person has let this page see the account.
  let isAllowed = false
  const wallet: Wallet = {
    address,
    manners: 'approve',
    asked,
    goOn: () => {
      for (const release of held.splice(0)) release()
    },
    moveTo: async (on, chain) => {
      chainId = chain
      await emit(on, 'chainChanged', numberToHex(chain))
    },
  }
  const answer = async (method: string, params: readonly unknown[]): Promise<Reply> => {
    if (SIGNS.has(method)) {
      asked.push({ method, params })
      if (wallet.manners === 'stall') await new Promise<void>((resolve) => held.push(resolve))
      if (wallet.manners === 'reject') return refused(USER_REJECTED, 'User rejected the request.')
    }
    switch (method) {
      case 'eth_requestAccounts':
        isAllowed = true
        return { result: [address] }
      case 'eth_accounts':
        return { result: isAllowed ? [address] : [] }
      case 'eth_chainId':
        return { result: numberToHex(chainId) }
      case 'wallet_requestPermissions':
        isAllowed = true
        return { result: [{ parentCapability: 'eth_accounts' }] }
      case 'wallet_revokePermissions':
        isAllowed = false
        return { result: null }
      case 'wallet_addEthereumChain':
        return { result: null }
      case 'wallet_switchEthereumChain': {
        const [{ chainId: wanted }] = params as [{ chainId: Hex }]
        if (Number(wanted) !== options.chainId) return refused(UNKNOWN_CHAIN, 'Unrecognized chain ID.')
        await wallet.moveTo(page, Number(wanted))
        return { result: null }
      }
      case 'eth_sendTransaction':
        return { result: await signAndSend(options, params[0] as RpcTransactionRequest) }
      default:
        return await forward(options.rpcUrl, method, params)
    }
  }
  await page.exposeBinding(BINDING, (_source, text: string) => {
    const { method, params } = JSON.parse(text) as { method: string; params?: readonly unknown[] }
    return answer(method, params ?? []).catch((error: unknown) => refused(-32603, String(error)))
  })
  await page.addInitScript(announce, { binding: BINDING, name: WALLET_NAME })
  return wallet
}

async function signAndSend({ key, rpcUrl, chainId }: WalletOptions, request: RpcTransactionRequest): Promise<Hex> {
  const chain = defineChain({
    id: chainId,
    name: 'devnet',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  const client = createWalletClient({ account: accountOf(key), chain, transport: http(rpcUrl) })
  const { to, data, value, gas, maxFeePerGas, maxPriorityFeePerGas } = request
  return await client.sendTransaction({
    ...(to === undefined || to === null ? {} : { to }),
    ...(data === undefined ? {} : { data }),
    ...(value === undefined ? {} : { value: BigInt(value) }),
    ...(gas === undefined ? {} : { gas: BigInt(gas) }),
    ...(maxFeePerGas === undefined ? {} : { maxFeePerGas: BigInt(maxFeePerGas) }),
    ...(maxPriorityFeePerGas === undefined ? {} : { maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas) }),
  })
}

async function forward(rpcUrl: string, method: string, params: readonly unknown[]): Promise<Reply> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return (await response.json()) as Reply
}

function refused(code: number, message: string): Reply {
  return { error: { code, message } }
}

async function emit(page: Page, event: string, value: unknown): Promise<void> {
  await page.evaluate(
    (detail) => {
      const window = globalThis as unknown as EventTarget
      window.dispatchEvent(new CustomEvent('tessera-test-wallet', { detail }))
    },
    { name: event, data: value },
  )
}

/** Runs in the page, before its own scripts. */
function announce({ binding, name }: { readonly binding: string; readonly name: string }): void {
  type Listener = (value: unknown) => void
  const window = globalThis as unknown as EventTarget
  const ask = (globalThis as unknown as Readonly<Record<string, (text: string) => Promise<Reply>>>)[binding]
  if (ask === undefined) throw new Error('the binding is not there')
  const listeners = new Map<string, Set<Listener>>()
  const provider = {
    request: async (request: { method: string; params?: readonly unknown[] }): Promise<unknown> => {
      const reply = await ask(JSON.stringify(request))
      if ('error' in reply) throw Object.assign(new Error(reply.error.message), reply.error)
      return reply.result
    },
    on: (event: string, listener: Listener): void => {
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener))
    },
    removeListener: (event: string, listener: Listener): void => {
      listeners.get(event)?.delete(listener)
    },
  }
  window.addEventListener('tessera-test-wallet', (event) => {
    const { name: what, data } = (event as CustomEvent<{ name: string; data: unknown }>).detail
    for (const listener of listeners.get(what) ?? []) listener(data)
  })
  const info = {
    uuid: '6a4f6d4e-0f6b-4c5e-9a3c-7e55e2a7e55e',
    name,
    icon: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>',
    rdns: 'test.tessera.wallet',
  }
  const tell = (): void => {
    window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }))
  }
  window.addEventListener('eip6963:requestProvider', tell)
  tell()
}
