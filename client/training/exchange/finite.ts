/** The index of the first of `values` that is NaN or infinite; -1 if none. A loop, for `findIndex` takes as long as a conversion. */
export function indexOfNotFinite(values: Float32Array): number {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return index
  return -1
}
