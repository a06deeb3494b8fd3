// Makes the tables. A migration is never changed once it was released: a later one alters.

import { type Kysely, sql } from 'kysely'
import type { Migration, MigrationProvider } from 'kysely/migration'

/** Whole numbers of seconds, blocks and gas outgrow 32 bits; SQLite takes the word for INTEGER. */
const whole = 'bigint'

const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await chainTables(db)
    await roundTables(db)
    await moneyTables(db)
    await observedTables(db)
  },
}

const second: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await table(db, 'undone_rounds', all(whole, ['run', 'round', 'block']), ['run', 'round'])
    await index(db, 'undone_rounds', ['block'])
  },
}

export const migrations: MigrationProvider = { getMigrations: async () => ({ '0001': first, '0002': second }) }

async function chainTables(db: Kysely<unknown>): Promise<void> {
  await table(db, 'meta', { key: 'text', value: 'text' }, ['key'])
  await table(db, 'blocks', { number: whole, hash: 'text', timestamp: whole }, ['number'])
  await table(
    db,
    'logs',
    { block: whole, position: 'integer', tx: 'text', address: 'text', topics: 'text', data: 'text' },
    ['block', 'position'],
  )
  await table(db, 'transactions', { hash: 'text', block: whole, gas: whole }, ['hash'])
  await index(db, 'transactions', ['block'])
}

async function roundTables(db: Kysely<unknown>): Promise<void> {
  const round = { run: whole, round: whole, block: whole }
  await table(
    db,
    'rounds',
    {
      ...round,
      ...all(whole, ['epoch', 'opened_at', 'closed_at', 'committed', 'revealed', 'included', 'bytes', 'gas']),
      ...all('text', ['void', 'parent_root', 'root', 'train_seed', 'test_seed', 'cells', 'votes', 'tx', 'story']),
    },
    ['run', 'round'],
  )
  await index(db, 'rounds', ['block'])
  await table(
    db,
    'contributions',
    {
      ...round,
      ...all(whole, ['slot', 'gas']),
      ...all('text', ['operator', 'status']),
      ...optional('text', ['reason', 'digest', 'contribution_root', 'commit_tx', 'reveal_tx']),
      ...optional(whole, ['size', 'committed_at', 'revealed_at']),
    },
    ['run', 'round', 'slot'],
  )
  await index(db, 'contributions', ['run', 'slot', 'round'])
  await index(db, 'contributions', ['run', 'operator', 'round'])
  await index(db, 'contributions', ['run', 'status', 'round', 'slot'])
  await index(db, 'contributions', ['block'])
}

async function moneyTables(db: Kysely<unknown>): Promise<void> {
  await table(
    db,
    'member_epochs',
    {
      ...all(whole, ['run', 'epoch', 'slot', 'block', 'settled_at', 'rounds', 'final_rounds', 'active_rounds']),
      ...all(whole, ['useful_rounds', 'median', 'revealed', 'given', 'kept']),
      ...all('text', ['role', 'operator', 'weight', 'share', 'scores', 'paid']),
      ...optional('text', ['receipts_digest', 'zero']),
      ...optional(whole, ['receipts_size']),
      part: 'double precision',
    },
    ['run', 'epoch', 'role', 'slot'],
  )
  await index(db, 'member_epochs', ['run', 'role', 'operator', 'epoch'])
  await index(db, 'member_epochs', ['block'])
  await table(
    db,
    'earnings',
    {
      ...all(whole, ['run', 'epoch', 'source', 'block', 'settled_at']),
      ...all('text', ['operator', 'holder', 'account', 'kind', 'token', 'pool_earned', 'commission', 'amount']),
    },
    ['run', 'epoch', 'source', 'operator', 'holder'],
  )
  await index(db, 'earnings', ['account', 'settled_at', 'run', 'epoch', 'source', 'operator'])
  await index(db, 'earnings', ['operator', 'epoch'])
  await index(db, 'earnings', ['block'])
  await table(
    db,
    'claims',
    {
      ...all(whole, ['run', 'epoch', 'source', 'block', 'at']),
      ...all('text', ['operator', 'holder', 'tx', 'amount']),
    },
    ['run', 'epoch', 'source', 'operator', 'holder'],
  )
  await index(db, 'claims', ['block'])
  await table(
    db,
    'payments',
    { ...all(whole, ['period', 'run', 'block', 'at']), ...all('text', ['votes', 'amount']) },
    ['period', 'run'],
  )
  await index(db, 'payments', ['run', 'period'])
  await index(db, 'payments', ['block'])
}

async function observedTables(db: Kysely<unknown>): Promise<void> {
  await table(db, 'manifests', { digest: 'text', body: 'text' }, ['digest'])
  const checkpoint = {
    run: whole,
    root: 'text',
    ...optional('double precision', ['loss']),
    ...optional('text', ['sample']),
  }
  await table(db, 'checkpoints', checkpoint, ['run', 'root'])
  const read = { digest: 'text', ...optional(whole, ['samples', 'steps']), ...optional('text', ['fault']) }
  await table(db, 'observed_contributions', read, ['digest'])
  await table(db, 'receipts', { digest: 'text', state: 'text', ...optional('text', ['body']) }, ['digest'])
}

/** A column's type; `null` after it when it may hold none. */
type Column = string
type Columns = Readonly<Record<string, Column>>

function all(type: string, names: readonly string[]): Columns {
  return Object.fromEntries(names.map((name) => [name, type]))
}

function optional(type: string, names: readonly string[]): Columns {
  return all(`${type} null`, names)
}

async function table(db: Kysely<unknown>, name: string, columns: Columns, key: readonly string[]): Promise<void> {
  const lines = Object.entries(columns).map(
    ([column, type]) => sql`${sql.ref(column)} ${sql.raw(type.endsWith(' null') ? type : `${type} not null`)}`,
  )
  const primary = sql`primary key (${sql.join(key.map((column) => sql.ref(column)))})`
  await sql`create table ${sql.table(name)} (${sql.join([...lines, primary])})`.execute(db)
}

async function index(db: Kysely<unknown>, name: string, columns: readonly string[]): Promise<void> {
  await db.schema
    .createIndex(`${name}_${columns.join('_')}`)
    .on(name)
    .columns([...columns])
    .execute()
}
