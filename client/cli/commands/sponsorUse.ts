// `tessera sponsor use`: a run that is paid in another token than the deployment's takes up a sponsorship in it.

import { getRun } from '@tessera/chain/actions/getRun'
import { getSource } from '@tessera/chain/actions/getSource'
import { useSponsorship } from '@tessera/chain/actions/useSponsorship'
import { pinned } from '@tessera/chain/pin'
import { sourceText } from '@tessera/chain/plans/dues'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { checkRun } from '@tessera/chain/plans/runs'
import { paysText, type SourceOf, sponsorshipAt } from '@tessera/chain/plans/sponsorships'
import { tokenAt, tokenWarnings } from '@tessera/chain/plans/tokenAmounts'
import { TesseraError } from '@tessera/protocol/errors'
import { sameHex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { sourceOf, sponsorshipOptions } from '../sponsorships.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

const { manager: _, ...ownSponsorshipOptions } = sponsorshipOptions

export const sponsorUse = defineCommand({
  name: 'sponsor use',
  summary:
    'Lets the epochs of a run wait for a sponsorship in its own token; anyone may, when the present one does not serve.',
  options: { ...ownSponsorshipOptions, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    await transact(await planUse(desk, sourceOf(desk.chain, options), scene), desk, options, scene)
  },
})

/** Errors: `run/unknown`, `sponsor/unknown`, `sponsor/other-token`. */
export async function planUse(
  { chain }: Pick<Desk, 'chain'>,
  of: SourceOf,
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const { run, source } = of
  const at = await pinned(chain, { signal })
  await checkRun(chain, of, at)
  const [{ params }, present, sponsorship] = await Promise.all([
    getRun(chain, { run }, at),
    getSource(chain, { run }, at),
    sponsorshipAt(chain, of, at),
  ])
  if (!sameHex(sponsorship.token, params.rewardToken))
    throw new TesseraError(
      'sponsor/other-token',
      `run ${run} is paid in ${params.rewardToken}, not in ${sponsorship.token}`,
      {
        hint: 'A run whose reward token is the deployment’s waits for grants; others for a sponsorship in their own token',
        context: { ...of, token: sponsorship.token, rewardToken: params.rewardToken },
      },
    )
  const token = await tokenAt(chain, sponsorship.token, at)
  return {
    intent: `Let run ${run} use sponsorship ${source} of ${sponsorship.sponsor}.`,
    afterwards: [
      `its next epoch opens only while that sponsorship has a pot; it pays ${paysText(sponsorship, token)}`,
      `until now it used ${present === 0n ? 'none' : sourceText(present)}`,
    ],
    warnings: [...tokenWarnings(token), 'the contracts refuse it while the present one still serves'],
    facts: { ...of, present, token: sponsorship.token },
    requests: [useSponsorship(chain.deployment, { run, source })],
  }
}
