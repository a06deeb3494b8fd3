// Wallets of this browser through wagmi: those that announce themselves (EIP-6963) and the one at `window.ethereum`. The one place
// that knows of wagmi.

import { type Hex, lowerHex } from '@tessera/protocol/hex'
import { defineChain } from 'viem'
import { type Config, type Connector, createConfig, createStorage, http, injected } from 'wagmi'
import {
  connect,
  disconnect,
  getConnection,
  reconnect,
  switchChain,
  watchConnection,
  watchConnectors,
} from 'wagmi/actions'
import type { Network } from '../network/loadConfig.ts'
import { walletError } from './walletErrors.ts'
import { type Connection, OPENING, STORAGE_KEY, type WalletChoice, type Wallets, type WalletsState } from './wallets.ts'

interface Provider {
  request(call: { method: string; params: readonly unknown[] }): Promise<unknown>
}

/** The connector for whatever is at `window.ethereum`. */
const UNNAMED = 'injected'
const MAX_NAME = 40

export function openWallets(network: Network): Wallets {
  const config = configOf(network)
  const listeners = new Set<() => void>()
  let opened = false
  let state = OPENING
  const update = (): void => {
    const next = stateOf(config, opened)
    if (JSON.stringify(next) === JSON.stringify(state)) return
    state = next
    for (const listener of listeners) listener()
  }
  watchConnection(config, { onChange: update })
  watchConnectors(config, { onChange: update })
  reconnect(config)
    // A wallet that does not answer is one that is not connected.
    .catch(() => undefined)
    .finally(() => {
      opened = true
      update()
    })
  return {
    get state() {
      return state
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    connect: (id) => asked(() => connect(config, { connector: connectorOf(config, id) })),
    disconnect: () => asked(() => disconnect(config)),
    switchNetwork: () => asked(() => switchChain(config, { chainId: network.deployment.chainId })),
    request: async (method, params) => {
      const { connector } = getConnection(config)
      if (connector === undefined) throw walletError('no wallet is connected')
      return ((await connector.getProvider()) as Provider).request({ method, params })
    },
  }
}

function configOf({ deployment, network, rpc }: Network): Config {
  const chain = defineChain({
    id: deployment.chainId,
    name: `Tessera ${network}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpc] } },
  })
  return createConfig({
    chains: [chain],
    connectors: [injected()],
    transports: { [chain.id]: http(rpc) },
    storage: createStorage({ storage: localStorage, key: STORAGE_KEY }),
  })
}

function stateOf(config: Config, opened: boolean): WalletsState {
  const { status, address, chainId, connector } = getConnection(config)
  const connection: Connection | undefined =
    status === 'connected' ? { account: lowerHex(address as Hex), chainId, wallet: nameOf(connector) } : undefined
  const present = connection !== undefined ? 'connected' : status === 'connecting' ? 'connecting' : 'apart'
  return { status: opened || connection !== undefined ? present : 'opening', choices: choicesOf(config), connection }
}

/** Wallets that announced themselves; the unnamed one only where none did. */
function choicesOf({ connectors }: Config): readonly WalletChoice[] {
  const named = connectors.filter(({ id }) => id !== UNNAMED)
  const unnamed = 'ethereum' in window ? connectors.filter(({ id }) => id === UNNAMED) : []
  return (named.length > 0 ? named : unnamed).map((connector) => ({
    id: connector.uid,
    name: nameOf(connector),
    // Anything else than an image of its own would be fetched from somewhere.
    icon: connector.icon?.startsWith('data:image/') === true ? connector.icon : undefined,
  }))
}

function nameOf({ id, name }: Pick<Connector, 'id' | 'name'>): string {
  return id === UNNAMED ? 'Browser wallet' : name.slice(0, MAX_NAME)
}

function connectorOf({ connectors }: Config, uid: string): Connector {
  const found = connectors.find((connector) => connector.uid === uid)
  if (found === undefined) throw walletError('this wallet is gone')
  return found
}

async function asked(ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask()
  } catch (error) {
    throw walletError(error)
  }
}
