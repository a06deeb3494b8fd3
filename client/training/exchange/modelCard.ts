// README.md of an exported model: what Hugging Face's pages read at its top, and for people what the run, the round and the root are
// by which anyone can check the weights. Names come from a chain anyone writes to, so nothing in them can be markup.

import { TesseraError } from '@tessera/protocol/errors'

/** What README.md says of the model. */
export interface ModelCard {
  readonly name: string
  /** An identifier of Hugging Face's list, e.g. `apache-2.0`. */
  readonly license: string
  /** The run that trained it, as text. */
  readonly run?: string
  readonly round?: number
  /** State root, 0x. */
  readonly root?: string
  /** Where the run's weights came from, e.g. `HuggingFaceTB/SmolLM2-135M`. */
  readonly baseModel?: string
}

export interface CardFacts {
  readonly parameters: number
  readonly context: number
  readonly dtype: string
}

const LICENSE = /^[a-z\d][a-z\d.+-]{0,63}$/
const BASE_MODEL = /^[\w.-]{1,96}(?:\/[\w.-]{1,96})?$/

/** The text of README.md. Throws `huggingface/bad-export` for a license or base model that is no identifier. */
export function modelCardText(card: ModelCard, facts: CardFacts): string {
  if (!LICENSE.test(card.license)) throw badCard('license', card.license)
  if (card.baseModel !== undefined && !BASE_MODEL.test(card.baseModel)) throw badCard('baseModel', card.baseModel)
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Run', card.run],
    ['Round', card.round?.toString()],
    ['State root', card.root],
    ['Parameters', facts.parameters.toLocaleString('en-US')],
    ['Context', `${facts.context} tokens`],
    ['Weights', facts.dtype],
  ]
  const table = rows.flatMap(([name, value]) => (value === undefined ? [] : [`| ${name} | ${code(value)} |`]))
  return `---
license: ${card.license}
library_name: transformers
pipeline_tag: text-generation
${card.baseModel === undefined ? '' : `base_model: ${card.baseModel}\n`}tags:
  - tessera
---

# ${plain(card.name)}

A language model trained by many on Tessera, exported from one of its checkpoints.

| | |
| --- | --- |
${table.join('\n')}

\`\`\`python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained(".")
tokenizer = AutoTokenizer.from_pretrained(".")
\`\`\`

The state root is on chain. The shared state is integers in units of 2^-24; float32 weights are those integers rounded to 24 bits,
which is what every node computes with. Intended use, training data, evaluation and limits are for the publisher to describe here.
`
}

/** On one line, with whatever Markdown could give a meaning escaped. */
function plain(text: string): string {
  return oneLine(text).replaceAll(/[\\`*_{}[\]<>()#|&!~:@-]/g, '\\$&') || 'Model'
}

/** As a piece of code in a cell of a table, where neither backticks nor bars can be escaped. */
function code(text: string): string {
  return `\`${oneLine(text.replaceAll(/[`|]/g, ''))}\``
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
}

function badCard(field: string, value: string): TesseraError {
  return new TesseraError(
    'huggingface/bad-export',
    `${field} of the model card is no identifier: ${value.slice(0, 100)}`,
    {
      context: { field },
      hint: 'Use an identifier as Hugging Face has them, e.g. apache-2.0 or owner/name.',
    },
  )
}
