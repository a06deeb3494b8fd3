// Rows that follow from an event, with the table that they belong to.

import type { Tables } from '../database/tables.ts'

type FactTable = 'rounds' | 'undone_rounds' | 'contributions' | 'member_epochs' | 'earnings' | 'claims' | 'payments'

export type Fact = { readonly [T in FactTable]: { readonly table: T; readonly row: Tables[T] } }[FactTable]
