// What the models are to write: the same for both.

import type { ReactNode } from 'react'
import { Field } from '../components/Field.tsx'
import { Grid } from '../components/Grid.tsx'
import { type ChoiceFields, faultsOf } from './choice.ts'

export interface TextFormProps {
  readonly fields: ChoiceFields
  readonly onChange: (fields: ChoiceFields) => void
}

export function TextForm({ fields, onChange }: TextFormProps): ReactNode {
  const faults = faultsOf(fields)
  const wire = (name: keyof ChoiceFields) => ({
    value: fields[name],
    onChange: (value: string) => onChange({ ...fields, [name]: value }),
    wrong: faults[name],
  })
  return (
    <>
      <Field label="Text to go on from" rows={3} {...wire('prompt')} />
      <Grid column={11}>
        <Field label="Seed" kind="numeric" about="The same seed, the same text." {...wire('seed')} />
        <Field label="Temperature" kind="decimal" about="0 takes the likeliest token." {...wire('temperature')} />
        <Field label="Top k" kind="numeric" about="Among so many likeliest tokens." {...wire('topK')} />
        <Field label="Tokens" kind="numeric" about="At most." {...wire('maxTokens')} />
      </Grid>
    </>
  )
}
