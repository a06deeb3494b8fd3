// For how many epochs a budget lasts, in words. Pure.

export function epochsOf(budget: bigint | undefined, perEpoch: bigint | undefined): string {
  if (budget === undefined || perEpoch === undefined || budget === 0n || perEpoch === 0n) return ''
  const [whole, rest] = [budget / perEpoch, budget % perEpoch]
  if (whole === 0n) return 'It pays a part of one epoch.'
  const epochs = whole === 1n ? 'one epoch' : `${whole} epochs`
  return `It pays ${epochs}${rest === 0n ? '' : ', and a part of one more'}.`
}
