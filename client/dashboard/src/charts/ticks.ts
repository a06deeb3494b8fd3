// Labels of an axis. Pure.

/** The last digit of a fraction, a zero, and the unit behind it. */
const LAST_ZERO = /^([^.]*\.\d*?)0(\D*)$/

/** Labels without the zeros at the end of their fractions that none of them needs: `4.0000` `4.5000` become `4.0` `4.5`. */
export function shortened(labels: readonly string[]): string[] {
  let short = [...labels]
  while (short.some((label) => label !== '') && short.every((label) => label === '' || LAST_ZERO.test(label)))
    short = short.map((label) => label.replace(LAST_ZERO, '$1$2').replace(/\.(?=\D*$)/, ''))
  return short
}
