// What a model is to write, and by which checkpoints, as it stands in the address of the Model page: whoever opens the link gets the
// same text.

export interface ModelChoice {
  /** Final rounds; null is the last one, which moves on. */
  readonly left: number | null
  /** Undefined: one model alone. */
  readonly right: number | null | undefined
  readonly prompt: string
  readonly seed: number
  readonly temperature: number
  readonly topK: number
  readonly maxTokens: number
}

export const FIRST_CHOICE: ModelChoice = {
  left: null,
  right: undefined,
  prompt: 'Once upon a time',
  seed: 1,
  temperature: 0.8,
  topK: 40,
  maxTokens: 100,
}

const MOST_TOKENS = 10_000
const MOST_TOP_K = 1_000_000
const MOST_PROMPT = 4_000
const MOST_SEED = 2 ** 31 - 1
const MOST_TEMPERATURE = 10

/** One segment of an address, before it is escaped. */
export function choiceText({ left, right, prompt, seed, temperature, topK, maxTokens }: ModelChoice): string {
  const fields = new URLSearchParams({ left: left === null ? 'last' : String(left) })
  if (right !== undefined) fields.set('right', right === null ? 'last' : String(right))
  for (const [name, value] of Object.entries({ seed, temperature, topK, maxTokens })) fields.set(name, String(value))
  fields.set('prompt', prompt)
  return fields.toString()
}

/** Anybody may have written the address: what is missing or makes no sense is as in `FIRST_CHOICE`. */
export function parseChoice(text: string): ModelChoice {
  const fields = new URLSearchParams(unescaped(text))
  const prompt = fields.get('prompt')
  return {
    left: roundOf(fields.get('left')) ?? null,
    right: roundOf(fields.get('right')),
    prompt: prompt === null || prompt === '' ? FIRST_CHOICE.prompt : prompt.slice(0, MOST_PROMPT),
    seed: whole(fields.get('seed'), 0, MOST_SEED) ?? FIRST_CHOICE.seed,
    temperature: temperatureOf(fields.get('temperature')) ?? FIRST_CHOICE.temperature,
    topK: whole(fields.get('topK'), 1, MOST_TOP_K) ?? FIRST_CHOICE.topK,
    maxTokens: whole(fields.get('maxTokens'), 1, MOST_TOKENS) ?? FIRST_CHOICE.maxTokens,
  }
}

/** What stands in the fields of the form. */
export interface ChoiceFields {
  readonly prompt: string
  readonly seed: string
  readonly temperature: string
  readonly topK: string
  readonly maxTokens: string
}

/** By field, what is wrong with it; empty when all is right. */
export function faultsOf(fields: ChoiceFields): Partial<Record<keyof ChoiceFields, string>> {
  const isEmpty = fields.prompt === ''
  return {
    ...(isEmpty && { prompt: 'At least one character' }),
    ...(whole(fields.seed, 0, MOST_SEED) === undefined && { seed: `A whole number from 0 to ${MOST_SEED}` }),
    ...(temperatureOf(fields.temperature) === undefined && { temperature: `A number from 0 to ${MOST_TEMPERATURE}` }),
    ...(whole(fields.topK, 1, MOST_TOP_K) === undefined && { topK: `A whole number from 1 to ${MOST_TOP_K}` }),
    ...(whole(fields.maxTokens, 1, MOST_TOKENS) === undefined && {
      maxTokens: `A whole number from 1 to ${MOST_TOKENS}`,
    }),
  }
}

/** Fields without a fault. */
export function choiceOf(fields: ChoiceFields, models: Pick<ModelChoice, 'left' | 'right'>): ModelChoice {
  return { ...parseChoice(new URLSearchParams({ ...fields }).toString()), ...models }
}

/** The router leaves some of an address as it is. */
function unescaped(text: string): string {
  if (text.includes('=')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function roundOf(text: string | null): number | null | undefined {
  return text === 'last' ? null : whole(text, 0, Number.MAX_SAFE_INTEGER)
}

function temperatureOf(text: string | null): number | undefined {
  if (text === null || !/^\d{1,2}(\.\d{1,6})?$/.test(text)) return undefined
  return Number(text) <= MOST_TEMPERATURE ? Number(text) : undefined
}

function whole(text: string | null, least: number, most: number): number | undefined {
  if (text === null || !/^\d{1,15}$/.test(text)) return undefined
  const value = Number(text)
  return value >= least && value <= most ? value : undefined
}
