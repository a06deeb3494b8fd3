// The whole history as a file, with a progress while it is fetched: also what the list does not hold.

import type { Hex } from '@tessera/protocol/hex'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from '../components/Button.tsx'
import { Failure } from '../components/Failure.tsx'
import { countText } from '../format/numbers.ts'
import { useNetwork } from '../network/NetworkContext.tsx'
import { earningsCsv, earningsJson } from './exports.ts'
import styles from './Holder.module.css'
import type { Progress } from './history.ts'
import { loadHistory } from './useHistory.ts'

type Format = 'csv' | 'json'

export function ExportButtons({ holder }: { readonly holder: Hex }): ReactNode {
  const { indexer, network, deployment } = useNetwork()
  const [busy, setBusy] = useState<Format>()
  const [progress, setProgress] = useState<Progress>()
  const [error, setError] = useState<unknown>()
  const aborter = useRef<AbortController>(undefined)
  useEffect(() => () => aborter.current?.abort(), [])
  const save = async (format: Format): Promise<void> => {
    setBusy(format)
    setError(undefined)
    setProgress(undefined)
    aborter.current = new AbortController()
    try {
      const rows = await loadHistory(indexer, holder, Number.POSITIVE_INFINITY, aborter.current.signal, setProgress)
      const about = { holder, network, chainId: deployment.chainId, madeAt: Math.floor(Date.now() / 1_000) }
      // The mark tells Excel that it is UTF-8.
      if (format === 'csv') download(`\uFEFF${earningsCsv(rows)}`, 'text/csv', `earnings-${holder}.csv`)
      else download(earningsJson(rows, about), 'application/json', `earnings-${holder}.json`)
    } catch (reason) {
      if (!aborter.current.signal.aborted) setError(reason)
    } finally {
      setBusy(undefined)
      setProgress(undefined)
    }
  }
  return (
    <>
      <div className={styles.ways}>
        {progress !== undefined && (
          <span className="quiet" role="status">
            {countText(progress.loaded)} of {countText(progress.total)}
          </span>
        )}
        <Button
          onClick={() => void save('csv')}
          busy={busy === 'csv'}
          disabled={busy !== undefined}
          label="Export as CSV"
        >
          CSV
        </Button>
        <Button
          onClick={() => void save('json')}
          busy={busy === 'json'}
          disabled={busy !== undefined}
          label="Export as JSON"
        >
          JSON
        </Button>
      </div>
      {error !== undefined && <Failure error={error} />}
    </>
  )
}

function download(text: string, type: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
