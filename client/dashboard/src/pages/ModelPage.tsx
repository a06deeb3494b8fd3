// The model in the visitor's browser: one checkpoint or two side by side, each verified against the chain before it writes a word. The
// address holds everything that the text depends on.

import { type ReactNode, useState } from 'react'
import { Link, useLocation, useRoute } from 'wouter'
import { Answered } from '../components/Answered.tsx'
import { Button } from '../components/Button.tsx'
import { Choice } from '../components/Field.tsx'
import { Grid, Stack } from '../components/Grid.tsx'
import { Notice } from '../components/Notice.tsx'
import { PageHead } from '../components/PageHead.tsx'
import { Panel } from '../components/Panel.tsx'
import { type ChoiceFields, choiceOf, choiceText, faultsOf, type ModelChoice, parseChoice } from '../model/choice.ts'
import { ModelPanel } from '../model/ModelPanel.tsx'
import { TextForm } from '../model/TextForm.tsx'
import { paths, to } from '../paths.ts'
import { useAnswer } from '../queries/useAnswer.ts'

/** Checkpoints that can be chosen from a list; others by their number in the address. */
const LISTED = 200

export function ModelPage(): ReactNode {
  const [isText, text] = useRoute(paths.modelText)
  const [isModel, model] = useRoute(paths.model)
  const named = runOf(isText ? text.run : isModel ? model.run : undefined)
  const runs = useAnswer('runs')
  const run = named ?? runs.data?.[0]?.run
  // Whoever names a run needs no indexer: models come from the chain.
  const options = (runs.data ?? []).map((each) => ({
    value: String(each.run),
    name: `${each.run}: ${each.name ?? 'unnamed'}`,
  }))
  return (
    <Stack>
      <PageHead
        title="Model"
        below="Loads a checkpoint by its hashes, runs it here, and writes. Nothing of what you type leaves this browser."
      />
      {run === undefined ? (
        <Answered query={runs} what="the runs">
          {() => (
            <Notice title="There is no run yet">
              <p>Models come from runs. When one is created it shows here.</p>
            </Notice>
          )}
        </Answered>
      ) : (
        <RunModel key={run} run={run} options={options} start={parseChoice(isText ? text.text : '')} />
      )}
    </Stack>
  )
}

function runOf(named: string | undefined): number | undefined {
  return named !== undefined && /^[1-9]\d{0,14}$/.test(named) ? Number(named) : undefined
}

interface RunModelProps {
  readonly run: number
  readonly options: readonly { readonly value: string; readonly name: string }[]
  readonly start: ModelChoice
}

function RunModel({ run, options, start }: RunModelProps): ReactNode {
  const [, go] = useLocation()
  const [fields, setFields] = useState<ChoiceFields>(() => fieldsOf(start))
  const [left, setLeft] = useState(start.left)
  const [right, setRight] = useState(start.right)
  const [turn, setTurn] = useState(0)
  const checkpoints = useAnswer('checkpoints', { run, limit: LISTED })
  const rows = checkpoints.data?.rows ?? []
  const choice = Object.keys(faultsOf(fields)).length === 0 ? choiceOf(fields, { left, right }) : null
  const shared = { run, checkpoints: rows, choice, turn }
  return (
    <Stack>
      <Panel
        title="What to write"
        tools={
          <Button pressed={right !== undefined} onClick={() => setRight(right === undefined ? null : undefined)}>
            Two side by side
          </Button>
        }
      >
        <Stack>
          {options.length > 1 && (
            <Choice
              label="Run"
              value={String(run)}
              options={options}
              onChange={(value) => go(to.model(Number(value)))}
            />
          )}
          <TextForm fields={fields} onChange={setFields} />
          {right !== undefined && (
            <div>
              <Button kind="main" disabled={choice === null} onClick={() => setTurn(turn + 1)}>
                Write with both
              </Button>
            </div>
          )}
          {choice !== null && (
            <p className="quiet">
              <Link href={to.modelText(run, choiceText(choice))}>Link to this text</Link>: the same checkpoints, seed
              and prompt{(left === null || right === null) && '; “the last one” moves on with the run'}.
            </p>
          )}
        </Stack>
      </Panel>
      <Grid column={24}>
        <ModelPanel title={right === undefined ? 'The model' : 'Left'} round={left} onRound={setLeft} {...shared} />
        {right !== undefined && <ModelPanel title="Right" round={right} onRound={setRight} {...shared} />}
      </Grid>
    </Stack>
  )
}

function fieldsOf({ prompt, seed, temperature, topK, maxTokens }: ModelChoice): ChoiceFields {
  const numbers = { seed, temperature, topK, maxTokens }
  const texts = Object.entries(numbers).map(([name, value]) => [name, String(value)])
  return { prompt, ...(Object.fromEntries(texts) as Record<keyof typeof numbers, string>) }
}
