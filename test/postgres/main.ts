// `npm run test:postgres`: the tests of the indexer that need a database, which `npm test` runs on the embedded one, on a real
// PostgreSQL server. Fetches it first, from npm, into a folder of its own.

import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startServer } from './server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const tests = globSync('client/indexer/**/*.test.ts', { cwd: root })
  .filter((file) => /testDatabase|npm run test:postgres/.test(readFileSync(join(root, file), 'utf8')))
  .sort()
if (tests.length === 0) {
  console.error('postgres/nothing-to-run: no test of the indexer asks for a database')
  process.exit(1)
}
const server = await startServer({ home: join(root, '.tessera', 'postgres'), print: (line) => console.log(line) })
try {
  const flags = ['--test', '--test-reporter=spec', '--test-concurrency=2', '--test-timeout=300000']
  const { status } = spawnSync(process.execPath, [...flags, ...tests], {
    stdio: 'inherit',
    cwd: root,
    env: { ...process.env, TESSERA_TEST_POSTGRES: server.url },
  })
  process.exitCode = status ?? 1
} finally {
  server.stop()
}
