// Reads the symbol and the decimals of any ERC-20, whose code is a stranger's: it may answer anything, at any length, or not at all.
// What is no short plain text, or no sensible number, is undefined. A symbol proves nothing: anyone can take any.

import { isTesseraError } from '@tessera/protocol/errors'
import { type Address, decodeAbiParameters, encodeFunctionData, type Hex, hexToString } from 'viem'
import type { Chain } from '../clients.ts'
import { tokenAbi } from '../generated/token.ts'
import { call, type ReadOptions } from '../rpc.ts'

export interface TokenInfo {
  readonly symbol: string | undefined
  readonly decimals: number | undefined
}

/** 0x and hex digits: text of 32 bytes as the ABI writes it is 96 bytes long. */
const MAX_ANSWER = 2 + 2 * 96
const SYMBOL = /^[!-~]{1,16}$/
const MAX_DECIMALS = 36n
/** What a token can bring about by its own doing: to revert, to run out of gas, to answer endlessly. */
const TOKENS_DOING = ['chain/revert', 'chain/rpc-error', 'chain/bad-response']

export async function getTokenInfo(
  chain: Chain,
  parameters: { readonly token: Address },
  options: ReadOptions = {},
): Promise<TokenInfo> {
  const ask = async (functionName: 'symbol' | 'decimals'): Promise<Hex> => {
    const data = encodeFunctionData({ abi: tokenAbi, functionName })
    try {
      return await call(chain, { name: functionName, to: parameters.token, data }, options)
    } catch (error) {
      if (isTesseraError(error) && TOKENS_DOING.includes(error.code)) return '0x'
      throw error
    }
  }
  const [symbol, decimals] = await Promise.all([ask('symbol'), ask('decimals')])
  return { symbol: symbolOf(symbol), decimals: decimalsOf(decimals) }
}

function symbolOf(answer: Hex): string | undefined {
  if (answer.length > MAX_ANSWER) return undefined
  const text = answer.length === 66 ? hexToString(answer, { size: 32 }) : stringOf(answer)
  return text !== undefined && SYMBOL.test(text) ? text : undefined
}

/** Tokens older than the standard answer with 32 bytes instead. */
function stringOf(answer: Hex): string | undefined {
  try {
    return decodeAbiParameters([{ type: 'string' }], answer)[0]
  } catch {
    return undefined
  }
}

function decimalsOf(answer: Hex): number | undefined {
  if (answer.length !== 66) return undefined
  const decimals = BigInt(answer)
  return decimals <= MAX_DECIMALS ? Number(decimals) : undefined
}
