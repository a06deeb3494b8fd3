// Shapes of graph values. Every dimension that an operation computes with is a number known when the graph is built; only an
// input of the outermost graph may have a named dimension, which stays unknown until the graph runs.

import { TesseraError } from '@tessera/protocol/errors'

/** A known size, or the name of a size that the caller chooses at run time. */
export type Dimension = number | string
export type Shape = readonly number[]

/** Number of elements. The empty shape is a scalar: one element. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1)
}

export function sameShape(a: readonly Dimension[], b: readonly Dimension[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis])
}

/** The size of `axis`, counted from the end when negative. Throws `training/bad-graph` when there is no such axis. */
export function sizeOf(shape: Shape, axis: number): number {
  const size = shape.at(axis)
  if (size === undefined) throw graphError(`axis ${axis} of a tensor of rank ${shape.length}`, { shape, axis })
  return size
}

/** `axis` counted from the front. */
export function positiveAxis(shape: readonly Dimension[], axis: number): number {
  const positive = axis < 0 ? axis + shape.length : axis
  if (positive < 0 || positive >= shape.length)
    throw graphError(`axis ${axis} of a tensor of rank ${shape.length}`, { shape, axis })
  return positive
}

/** The shape of an element-wise operation on `a` and `b`: aligned at the last axis, size 1 stretches (ONNX and NumPy rule). */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    if (left !== right && left !== 1 && right !== 1) throw graphError('shapes do not broadcast', { a, b })
    return left === 1 ? right : left
  })
}

/** Axes of `to` along which a tensor of shape `from` was stretched: those to sum over when going back. */
export function stretchedAxes(from: Shape, to: Shape): number[] {
  const missing = to.length - from.length
  return to.flatMap((size, axis) => (axis < missing || (from[axis - missing] === 1 && size !== 1) ? [axis] : []))
}

/** A mistake in a graph's construction: a bug in the caller, found before anything runs. */
export function graphError(message: string, context: Readonly<Record<string, unknown>> = {}): TesseraError {
  return new TesseraError('training/bad-graph', message, {
    context,
    hint: 'The graph was built with shapes or types that do not fit; correct the code or the model configuration.',
  })
}
