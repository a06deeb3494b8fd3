// `tessera run create`: a run of its own for a manifest that exists, with the deposit that it takes.

import { readFileLimited } from '@tessera/agent/limitedFile'
import { approve } from '@tessera/chain/actions/approve'
import { createRun } from '@tessera/chain/actions/createRun'
import { getAllowance } from '@tessera/chain/actions/getAllowance'
import { getRunDeposit } from '@tessera/chain/actions/getRunDeposit'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { tokens } from '@tessera/chain/plans/texts'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import { MAX_MANIFEST_BYTES, parseManifest } from '@tessera/protocol/manifest'
import { addressOf } from '@tessera/storage/importer'
import { defineCommand, type Scene } from '../command.ts'
import { MAX_PARAMS_BYTES, runParamsOf } from '../runParams.ts'
import { runWords } from '../runTexts.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const runCreate = defineCommand({
  name: 'run create',
  summary: 'Creates a run for a manifest, with a deposit that comes back when the run is over.',
  options: {
    manifest: {
      flag: 'manifest',
      env: 'TESSERA_MANIFEST',
      type: 'path',
      required: true,
      description: 'File with the manifest: what is trained on what, and how',
    },
    params: {
      flag: 'params',
      env: 'TESSERA_RUN_PARAMS',
      type: 'path',
      description:
        'JSON file with the run’s parameters by the names of the contracts; amounts are decimal text of tokens, what is left out has a default',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const { signal } = scene
    const bytes = await readFileLimited(options.manifest, MAX_MANIFEST_BYTES, { signal })
    const text =
      options.params === undefined
        ? undefined
        : new TextDecoder().decode(await readFileLimited(options.params, MAX_PARAMS_BYTES, { signal }))
    const manifest = parseManifest(bytes)
    const reference = await addressOf(bytes, { signal })
    const desk = await openDesk(options, scene)
    const params = runParamsOf(text, { manifest, reference, native: desk.chain.deployment.token })
    await transact(await planRun(desk, { name: manifest.name, params }, scene), desk, options, scene)
  },
})

/** Errors: `run/too-few-tokens`. */
async function planRun(
  { chain, account }: Desk,
  { name, params }: { readonly name: string; readonly params: RunParams },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const { deployment } = chain
  const owner = account.address
  const spender = deployment.runCoordinator
  const at = await pinned(chain, { signal })
  const [deposit, balance, allowance] = await Promise.all([
    getRunDeposit(chain, at),
    getTokenBalance(chain, { account: owner }, at),
    getAllowance(chain, { owner, spender }, at),
  ])
  if (balance < deposit)
    throw new TesseraError(
      'run/too-few-tokens',
      `a run takes a deposit of ${tokens(deposit)}, and ${owner} holds ${tokens(balance)}`,
      {
        hint: 'Give --wallet with another wallet',
        context: { deposit, balance },
      },
    )
  return {
    intent: `Create a run of ${owner} for the manifest ${JSON.stringify(name)} (${params.manifestDigest}), with a deposit of ${tokens(deposit)}.`,
    afterwards: [...runWords(params, deployment.token), `the wallet holds ${tokens(balance - deposit)}`],
    warnings: [
      'nothing of it can be changed later; the deposit comes back by `tessera run close` when the run has ended, or is idle and empty',
      'nobody is paid before the run is given something: `tessera sponsor grant`, `tessera sponsor new`, `tessera vote set`',
      'somebody has to serve the manifest and what it names, or nobody can join',
    ],
    facts: { owner, deposit, params, tokensAfterwards: balance - deposit },
    requests: [
      // For the deposit only, so that nothing can be taken later.
      ...(allowance < deposit ? [approve(deployment, { spender, amount: deposit })] : []),
      createRun(deployment, { params }),
    ],
  }
}
