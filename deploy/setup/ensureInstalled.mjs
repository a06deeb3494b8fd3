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
  // Not `npm ci`: it refuses a lock file that lacks packages for other platforms, and no registry mirror has them all. This
  // installs what is locked as it is locked, and adds only the package for this platform where the lock has none.
  const install = [npm, 'install', '--no-save', '--no-audit', '--no-fund']
  try {
    execFileSync(process.env.npm_node_execpath ?? process.execPath, install, { cwd: root, stdio: 'inherit' })
  } catch {
    console.error(
      'setup/install-failed: npm did not complete; its own message stands above. Check the network and run again',
    )
    process.exit(1)
  }
  writeFileSync(stamp, lock)
}
