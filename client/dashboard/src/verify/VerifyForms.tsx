// What can be verified, asked for by hand: links on other pages fill this in by themselves.

import { type FormEvent, type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { Button } from '../components/Button.tsx'
import { Field } from '../components/Field.tsx'
import { Grid } from '../components/Grid.tsx'
import { Panel } from '../components/Panel.tsx'
import { to } from '../paths.ts'
import { checkpointQueryOf, OWNER, payoutQueryOf } from './params.ts'
import styles from './VerifyForms.module.css'

export function VerifyForms(): ReactNode {
  return (
    <Grid column={24}>
      <PayoutForm />
      <CheckpointForm />
    </Grid>
  )
}

const EMPTY = { run: '1', epoch: '1', operator: '', holder: '', source: '0' }

function PayoutForm(): ReactNode {
  const [, go] = useLocation()
  const [fields, setFields] = useState(EMPTY)
  const [tried, setTried] = useState(false)
  const query = payoutQueryOf({
    ...fields,
    holder: fields.holder.trim() === '' ? fields.operator : fields.holder.trim(),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (query === undefined) return
    const { run, epoch, operator, source, holder } = query
    const numbers = { run: Number(run), epoch: Number(epoch), source: Number(source) }
    go(to.verifyPayout({ ...numbers, operator, holder: holder ?? OWNER }))
  }
  const set = (name: keyof typeof EMPTY) => (value: string) => setFields({ ...fields, [name]: value })
  return (
    <Panel title="A payout" about="What an epoch paid an operator, a holder of its pool, or the owner of the run.">
      <form className={styles.form} onSubmit={submit}>
        <Field label="Run" kind="numeric" value={fields.run} onChange={set('run')} />
        <Field label="Epoch" kind="numeric" value={fields.epoch} onChange={set('epoch')} about="Settled ones only." />
        <Field label="Operator" mono value={fields.operator} onChange={set('operator')} about="0x and 40 digits." />
        <Field
          label="Holder"
          mono
          value={fields.holder}
          onChange={set('holder')}
          about="Empty: the operator itself; the word owner: the part of the run’s owner."
        />
        <Field
          label="Source"
          kind="numeric"
          value={fields.source}
          onChange={set('source')}
          about="0 is the grant; sponsorships follow from 1."
        />
        <Submit wrong={tried && query === undefined} />
      </form>
    </Panel>
  )
}

function CheckpointForm(): ReactNode {
  const [, go] = useLocation()
  const [run, setRun] = useState('1')
  const [round, setRound] = useState('1')
  const [tried, setTried] = useState(false)
  const query = checkpointQueryOf({ run, round })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (query !== undefined) go(to.verifyCheckpoint(Number(query.run), Number(query.round)))
  }
  return (
    <Panel title="A checkpoint" about="A state of the model, from the genesis on.">
      <form className={styles.form} onSubmit={submit}>
        <Field label="Run" kind="numeric" value={run} onChange={setRun} />
        <Field label="Round" kind="numeric" value={round} onChange={setRound} about="A final one; 0 is the genesis." />
        <Submit wrong={tried && query === undefined} />
      </form>
    </Panel>
  )
}

function Submit({ wrong }: { readonly wrong: boolean }): ReactNode {
  return (
    <div>
      <Button type="submit" kind="main">
        Verify
      </Button>
      <p role="alert" className={styles.wrong}>
        {wrong && 'Numbers are whole, addresses are 0x and 40 hexadecimal digits.'}
      </p>
    </div>
  )
}
