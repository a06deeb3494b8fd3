// What the model wrote, and from what: hostile text, shown as text. Anyone with the checkpoint gets the same from the same seed.

import type { Answer } from '@tessera/indexer/api/routes'
import type { ReactNode } from 'react'
import { visibleText } from '../format/hostile.ts'
import styles from './SampleText.module.css'

type Sample = NonNullable<Answer<'round'>['sample']>

export function SampleText({ sample }: { readonly sample: Sample }): ReactNode {
  const { prompt, text, seed, temperature, topK, maxTokens } = sample
  // Some tell the text with the prompt, some without.
  const written = text.startsWith(prompt) ? text.slice(prompt.length) : text
  return (
    <figure className={styles.sample}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <blockquote className={styles.text} tabIndex={0}>
        <b>{visibleText(prompt)}</b>
        {visibleText(written)}
      </blockquote>
      <figcaption className={styles.how}>
        The prompt is bold. Seed {seed}, temperature {temperature}, best {topK} of each step, at most {maxTokens}{' '}
        tokens.
      </figcaption>
    </figure>
  )
}
