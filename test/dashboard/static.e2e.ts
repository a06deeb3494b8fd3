// The static build as a publisher pins it: opened below the path of a gateway, with a config.json of its own, and light enough for a
// slow line.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Response } from 'playwright-core'
import { openPath } from './harness/openPath.ts'
import { pageTest } from './harness/pageTest.ts'
import { servePlainly } from './harness/plainServer.ts'
import { untilLoaded } from './harness/settled.ts'

const PREFIX = '/ipfs/bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi'
/** Bytes of compressed JavaScript, CSS and fonts. */
const MOST_FIRST_LOAD = 300_000

pageTest('the build runs from any path of a plain file server', async ({ stage, page, t }) => {
  const { network } = stage.world
  const server = await servePlainly(stage.build, PREFIX, {
    deployment: await readFile(network.deploymentFile, 'utf8'),
    rpc: network.anvil.rpcUrl,
    indexer: stage.indexing.url,
    gateways: [network.mirror],
    network: 'pinned',
  })
  t.after(() => server.close())
  await openPath(page, server.site, '/')
  await untilLoaded(page)
  await page.getByRole('banner').getByText('pinned').waitFor()
  for (const name of ['Holder', 'Verify', 'Model', 'Status', 'Runs']) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
    await page.locator('h1').first().waitFor()
    await untilLoaded(page)
  }
  const loaded = (await page.evaluate(
    "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /\\.(js|css|woff2|svg)$/.test(name))",
  )) as readonly string[]
  assert.ok(loaded.length > 3)
  assert.deepEqual(
    loaded.filter((name) => !name.startsWith(`${server.site}/`)),
    [],
    'loaded from outside its own folder',
  )
})

pageTest('the first load of the Runs page is under 300 kB compressed', async ({ page, open, t }) => {
  const responses: Response[] = []
  page.on('response', (response) => {
    if (['script', 'stylesheet', 'font'].includes(response.request().resourceType())) responses.push(response)
  })
  await open('/')
  await untilLoaded(page)
  const weights = await Promise.all(
    responses.map(async (response) => {
      const compressed = gzipSync(await response.body(), { level: 9 }).length
      const { responseBodySize: sent } = await response.request().sizes()
      return { name: new URL(response.url()).pathname, compressed, sent }
    }),
  )
  const total = (of: 'compressed' | 'sent'): number => weights.reduce((sum, weight) => sum + weight[of], 0)
  for (const { name, compressed, sent } of weights) t.diagnostic(`${name}: ${compressed} B gzip, ${sent} B sent`)
  t.diagnostic(`first load: ${total('compressed')} B gzip, ${total('sent')} B sent`)
  assert.ok(weights.length > 1)
  assert.ok(total('compressed') < MOST_FIRST_LOAD)
  assert.ok(total('sent') < MOST_FIRST_LOAD, 'the indexer serves it uncompressed')
})
