// What this build of the dashboard is about: config.json beside it, which the indexer or the publisher of the build has written.

import { parseDeployment } from '@tessera/chain/addresses'
import { type Config, config } from '@tessera/indexer/api/config'
import { decode } from '@tessera/indexer/api/decode'
import { CONFIG_PATH } from '@tessera/indexer/api/routes'
import { TesseraError } from '@tessera/protocol/errors'

export interface Network extends Omit<Config, 'deployment'> {
  readonly deployment: ReturnType<typeof parseDeployment>
  /** Base of the indexer's routes, without a slash at the end. */
  readonly indexer: string
}

const MAX_BYTES = 262_144

/**
 * @param base Address of the page.
 * @throws `dashboard/no-config`, `chain/bad-deployment`
 */
export async function loadConfig(base: string, get: typeof fetch = fetch): Promise<Network> {
  const url = new URL(`.${CONFIG_PATH}`, base)
  let text: string
  try {
    const response = await get(url, { cache: 'no-cache', credentials: 'omit' })
    if (!response.ok) throw new Error(`status ${response.status}`)
    text = await response.text()
  } catch (cause) {
    throw noConfig(`${url.href} could not be read`, cause)
  }
  if (text.length > MAX_BYTES) throw noConfig(`${url.href} has more than ${MAX_BYTES} characters`)
  let parsed: Config
  try {
    parsed = decode(config, JSON.parse(text))
  } catch (cause) {
    throw noConfig(`${url.href} is not what it should be`, cause)
  }
  const indexer = new URL(parsed.indexer === '' ? '.' : parsed.indexer, url).href.replace(/\/+$/, '')
  return { ...parsed, indexer, deployment: parseDeployment(parsed.deployment) }
}

function noConfig(message: string, cause?: unknown): TesseraError {
  return new TesseraError('dashboard/no-config', message, {
    hint: 'The build needs a config.json beside index.html that names the network; the indexer serves one, a publisher adds one',
    cause,
  })
}
