// The step that fetches the contributions that a payout rests on, and holds each against what was committed to on chain.

import type { RoundOfPay } from '@tessera/chain/payout'
import { checkRevealed } from '@tessera/protocol/checkRevealed'
import { decodeContribution, maxContributionBytes } from '@tessera/protocol/contribution'
import { isTesseraError } from '@tessera/protocol/errors'
import { MAX_MANIFEST_BYTES, type Manifest, manifestLayout, parseManifest } from '@tessera/protocol/manifest'
import { type Revealed, revealedIn } from '@tessera/protocol/runView'
import { addressOf } from '@tessera/storage/importer'
import { bytesText } from '../format/numbers.ts'
import type { EpochScene } from './checkReceipts.ts'
import { TAMPERED } from './evidence.ts'
import type { Finder } from './stepLog.ts'
import { counted } from './words.ts'

const BAD_INCLUDED =
  'Two thirds of the stake attested a contribution that breaks the rules: keep this page as evidence, and report it'

export async function checkContributions(
  find: Finder,
  scene: EpochScene,
  rounds: readonly RoundOfPay[],
): Promise<void> {
  const { evidence, state, params, signal } = scene
  const wanted = rounds.flatMap(({ round, contributions }) => {
    const included = new Set(contributions.filter((each) => each.included).map(({ slot }) => slot))
    const slots = new Set(contributions.map(({ slot }) => slot))
    return revealedIn(state, round)
      .filter(({ slot }) => slots.has(slot))
      .map((revealed) => ({ revealed, included: included.has(revealed.slot) }))
  })
  if (wanted.length === 0) return find.skip('Nothing was revealed in the rounds of this epoch, so there is no blob')
  find.at('manifest')
  const ref = { digest: params.manifestDigest, size: Number(params.manifestSize) }
  const manifest = parseManifest(
    await evidence.readBlob({ ref, state, author: null, maxBytes: MAX_MANIFEST_BYTES, signal }),
  )
  let bytes = 0
  const faults: string[] = []
  for (const [index, { revealed, included }] of wanted.entries()) {
    find.progress(index, wanted.length, 'contributions')
    const name = `round ${revealed.round}, miner ${revealed.slot}`
    find.at(name)
    const fault = await faultOf(find, scene, manifest, revealed)
    bytes += Number(revealed.size)
    if (fault !== undefined && included) find.compare(`${name}: included`, fault, 'a valid contribution', BAD_INCLUDED)
    else if (fault !== undefined) faults.push(`${name} is ${fault}, and was not included`)
  }
  find.says([`${counted(wanted.length, 'contribution')}, ${bytesText(bytes)}`, ...faults].join('; '))
}

/** The rule that its author broke, in words; undefined for a contribution that is right. */
async function faultOf(
  find: Finder,
  scene: EpochScene,
  manifest: Manifest,
  revealed: Revealed,
): Promise<string | undefined> {
  const { evidence, state, signal } = scene
  const context = { layout: manifestLayout(manifest), codec: manifest.codec }
  const ref = { digest: revealed.digest, size: Number(revealed.size) }
  const maxBytes = maxContributionBytes(context.layout, manifest.codec)
  if (ref.size > maxBytes) return 'malformed (too long)'
  try {
    const blob = await evidence.readBlob({ ref, state, author: revealed.operator, maxBytes, signal })
    const name = `round ${revealed.round}, miner ${revealed.slot}: digest`
    find.compare(name, (await addressOf(blob)).digest, revealed.digest, TAMPERED)
    const verdict = checkRevealed(decodeContribution(blob, context), revealed, { manifest })
    return verdict.kind === 'valid' ? undefined : `${verdict.reason} (${verdict.detail})`
  } catch (error) {
    const isAuthors =
      isTesseraError(error) && (error.code.startsWith('contribution/') || error.code === 'storage/shape')
    if (isAuthors) return `malformed (${error.code})`
    throw error
  }
}
