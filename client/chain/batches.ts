// Asks many questions without asking them all at once: servers count requests, and some answer none of too many.

const AT_ONCE = 50

/** The answers in the order of the items; each batch begins when the one before it is answered. */
export async function inBatches<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  for (let from = 0; from < items.length; from += AT_ONCE)
    answers.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(ask))))
  return answers
}
