// Logarithm, exponential, sine and cosine from additions and multiplications only. ECMAScript leaves the last digits of
// Math.log, Math.exp, Math.sin and Math.cos to the engine; the tables made with these go into a file whose digest is pinned, so
// they must come out the same everywhere. Accurate to about 1e-13, far below the float32 they are rounded to.

const TAU = 2 * Math.PI

/** The natural logarithm of x > 0. */
export function ln(x: number): number {
  let mantissa = x
  let exponent = 0
  for (; mantissa > 1.5; exponent++) mantissa /= 2
  for (; mantissa < 0.75; exponent--) mantissa *= 2
  // ln m = 2 artanh z with z = (m - 1) / (m + 1), |z| <= 1/5: 16 terms leave less than 1e-23.
  const z = (mantissa - 1) / (mantissa + 1)
  let power = z
  let sum = 0
  for (let term = 0; term < 16; term++) {
    sum += power / (2 * term + 1)
    power *= z * z
  }
  return 2 * sum + exponent * Math.LN2
}

/** e to the power x, for |x| below 700. */
export function exp(x: number): number {
  const doublings = Math.round(x / Math.LN2)
  const rest = x - doublings * Math.LN2
  // |rest| <= 0.35: 16 terms of the Taylor series leave less than 1e-19.
  let term = 1
  let sum = 1
  for (let index = 1; index <= 16; index++) {
    term *= rest / index
    sum += term
  }
  for (let count = 0; count < doublings; count++) sum *= 2
  for (let count = 0; count > doublings; count--) sum /= 2
  return sum
}

/** Cosine and sine of `angle` in radians, for |angle| up to about 1e6. */
export function cosineAndSine(angle: number): { readonly cosine: number; readonly sine: number } {
  const rest = angle - TAU * Math.round(angle / TAU)
  // |rest| <= pi: the terms up to the 32nd leave less than 1e-19.
  let term = 1
  let cosine = 1
  let sine = 0
  for (let index = 1; index <= 32; index++) {
    term *= rest / index
    const sign = index % 4 < 2 ? 1 : -1
    if (index % 2 === 0) cosine += sign * term
    else sine += sign * term
  }
  return { cosine, sine }
}
