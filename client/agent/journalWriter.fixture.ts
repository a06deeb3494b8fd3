// A child process for journal.test.ts: records one decision after another and acknowledges each on standard output once `record` has
// returned, until it is killed. Arguments: folder, scope, first round.

import { writeSync } from 'node:fs'
import { Journal } from './journal.ts'

const [folder = '', scope = '', first = '0'] = process.argv.slice(2)
const journal = Journal.open({ folder, scope })
writeSync(1, 'open\n')
for (let round = BigInt(first); ; round++) {
  const { value } = journal.record('commit', round, `decision of ${process.pid} in ${round}`)
  writeSync(1, `${round} ${value}\n`)
}
