// Runs after `npm install` and `npm ci`. An npm on Node 20 leaves out optional packages that ask for Node >= 22 without a
// word (Hardhat's EDR binary is one), so the install is completed once more under the Node of this tree. Not run again by
// itself: the second pass ignores scripts.
import { execFileSync } from 'node:child_process'

const outer = execFileSync(process.env.npm_node_execpath ?? process.execPath, ['-p', 'process.versions.node'], {
  encoding: 'utf8',
})
const npm = process.env.npm_execpath
if (Number(outer.split('.')[0]) < 22 && npm !== undefined) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !key.startsWith('npm_') || key.startsWith('npm_config_')),
  )
  const pass = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save']
  execFileSync(process.execPath, [npm, ...pass], { stdio: 'inherit', env })
}
