// What can be wrong with a record: four codes, each with what to say of it.

import { TesseraError } from './errors.ts'
import { MAX_MAGNITUDE_CODE, RATIOS } from './magnitude.ts'

export type RecordFault =
  | 'contribution/record-length'
  | 'contribution/record-magnitude'
  | 'contribution/record-index'
  | 'contribution/record-canonical'

const MESSAGES: Readonly<Record<RecordFault, string>> = {
  'contribution/record-length': 'a record does not fill its bytes exactly',
  'contribution/record-magnitude': `a record has no magnitude code from 1 to ${MAX_MAGNITUDE_CODE}`,
  'contribution/record-index': 'the places of a record do not ascend within its chunk',
  'contribution/record-canonical': 'a record is not in its one canonical form',
}

const HINTS: Readonly<Record<RecordFault, string>> = {
  'contribution/record-length': 'The group table and the records disagree; refuse the contribution',
  'contribution/record-magnitude': 'A level is at least 1 and below 2^31; refuse the contribution',
  'contribution/record-index': 'Refuse the contribution',
  'contribution/record-canonical': `The least of ${RATIOS} ratios, each place once, zeros at the end; refuse the contribution`,
}

export function recordFault(fault: RecordFault, context: Readonly<Record<string, unknown>> = {}): TesseraError {
  return new TesseraError(fault, MESSAGES[fault], { hint: HINTS[fault], context })
}
