// With whom one could stake.

import type { ReactNode } from 'react'
import { useAct } from '../act/ActProvider.tsx'
import { delegateAction } from '../act/actions.tsx'
import { Answered } from '../components/Answered.tsx'
import { Button } from '../components/Button.tsx'
import { Panel } from '../components/Panel.tsx'
import { useAnswer } from '../queries/useAnswer.ts'
import { OperatorsTable } from './OperatorsTable.tsx'

export function OperatorsPanel(): ReactNode {
  const act = useAct()
  const operators = useAnswer('operators')
  return (
    <Panel
      title="Operators"
      about="Whoever mines or validates. Yields are projections: a year, if it goes on as in the last epochs, after commission, without compounding."
    >
      <Answered query={operators} what="operators">
        {(rows) => (
          <OperatorsTable
            operators={rows}
            pick={({ operator }) => (
              <Button onClick={() => act(delegateAction(operator))} label={`Delegate to ${operator}`}>
                Delegate
              </Button>
            )}
          />
        )}
      </Answered>
    </Panel>
  )
}
