// The first step of `npm start` and `npm test`: installs what the lock file asks for when this tree is new or the lock
// file changed, and does nothing otherwise. Plain JavaScript for any Node >= 20, since nothing is installed yet.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const stamp = `${root}node_modules/.tessera-lock`
const lock = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  const npm = process.env.npm_execpath
  if (npm === undefined) {
    console.error('setup/not-npm: start this through npm (`npm start`, `npm test`)')
    process.exit(1)
  }
  console.log('Installing what package-lock.json names (once; about a minute) ...')
  try {
    execFileSync(process.env.npm_node_execpath ?? process.execPath, [npm, 'ci', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: 'inherit',
    })
  } catch {
    console.error(
      'setup/install-failed: npm ci did not complete; its own message stands above. Check the network and run again',
    )
    process.exit(1)
  }
  writeFileSync(stamp, lock)
}
