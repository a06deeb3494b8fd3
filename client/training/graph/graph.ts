// The graph builder: symbolic tensors (`Value`), the nodes that make them, and the tape that differentiation reads. It computes
// nothing and knows no operation; the operations are in ../ops. Names are made from scopes and counters only, so the same calls
// give the same graph, byte for byte.

import { type Dtype, dtypeOf, type FloatDtype, type StoredDtype, type TensorData, typedArray } from './dtype.ts'
import { type Dimension, elementCount, graphError, type Shape, sameShape } from './shape.ts'

/** A tensor that will exist when the graph runs. */
export interface Value {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: Shape
  /** What the file says of the shape where the caller chooses some sizes; the numbers of `shape` then only stand in for them. */
  readonly dimensions?: readonly Dimension[]
}

/** Equally shaped tensors stacked along a first axis whose length, called `length`, is known only when the graph runs. */
export interface Sequence {
  readonly name: string
  readonly dtype: Dtype
  readonly length: string
  readonly item: Shape
}

export interface TensorType {
  readonly dtype: Dtype
  readonly shape: Shape
}

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly graph: Graph }

export interface Node {
  readonly name: string
  /** Of the ONNX standard, or `com.microsoft.` and a name for one of the runtime's own. */
  readonly op: string
  /** Names of the inputs; the empty name stands for an optional input that is not given. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

/** Where the data of a constant lies when it is not in the file: in another beside it, little-endian from byte `offset` on. */
export interface ExternalData {
  readonly location: string
  readonly offset: number
  /** Bytes. */
  readonly length: number
}

export interface Constant extends Value {
  readonly data: TensorData | ExternalData
}

/** One differentiable step: from the gradient of `output`, those of `inputs`; undefined for an input that has none. */
export interface TapeEntry {
  readonly output: Value
  readonly inputs: readonly Value[]
  readonly backward: (gradient: Value) => readonly (Value | undefined)[]
}

/** Constants up to this many elements are stored once however often they are asked for. */
const SHARED_CONSTANT_LIMIT = 64

export class Graph {
  readonly name: string
  readonly inputs: (Value | Sequence)[] = []
  readonly outputs: (Value | Sequence)[] = []
  readonly nodes: Node[] = []
  readonly constants: Constant[] = []
  readonly tape: TapeEntry[] = []
  readonly #prefix: string
  readonly #counters = new Map<string, number>()
  readonly #shared = new Map<string, Constant>()
  #scope = ''

  /** A sub-graph is given its own `prefix`, because names are shared with the graph around it. */
  constructor(name: string, prefix = '') {
    this.name = name
    this.#prefix = prefix
  }

  input(name: string, dtype: Dtype, shape: Shape, dimensions: readonly Dimension[] = shape): Value {
    const value = { name: this.#prefix + name, dtype, shape, dimensions }
    this.inputs.push(value)
    return value
  }

  inputSequence(name: string, dtype: Dtype, length: string, item: Shape): Sequence {
    const sequence = { name: this.#prefix + name, dtype, length, item }
    this.inputs.push(sequence)
    return sequence
  }

  /** Makes `value` an output under `name`, which is the name the caller of the graph reads. */
  output(name: string, value: Value, dimensions: readonly Dimension[] = value.shape): void {
    const named = { ...value, name: this.#prefix + name, dimensions }
    this.#append('Identity', named.name, [value.name], [named.name], {})
    this.outputs.push(named)
  }

  /** Makes `value` the next output of a sub-graph, where order counts and names do not. Not for an input passed through. */
  yieldValue(value: Value): void {
    this.outputs.push(value)
  }

  /** A node with one output. */
  node(
    op: string,
    inputs: readonly (Value | Sequence)[],
    type: TensorType,
    attributes: Node['attributes'] = {},
  ): Value {
    const name = this.#fresh(op.slice(op.lastIndexOf('.') + 1))
    const inputNames = inputs.map((input) => input.name)
    this.#append(op, name, inputNames, [name], attributes)
    return { name, dtype: type.dtype, shape: type.shape }
  }

  /** A node with an output of each of `types`. An input that is undefined is one that the operation can do without. */
  nodeWithOutputs(
    op: string,
    inputs: readonly (Value | undefined)[],
    types: readonly TensorType[],
    attributes: Node['attributes'],
  ): Value[] {
    const values = types.map(({ dtype, shape }) => ({ name: this.#fresh(op), dtype, shape }))
    const names = values.map((value) => value.name)
    const inputNames = inputs.map((input) => input?.name ?? '')
    this.#append(op, names[0] ?? this.#fresh(op), inputNames, names, attributes)
    return values
  }

  /** A graph for a node of this one to run; it may read this graph's values, and its names differ from this graph's. */
  body(name: string): Graph {
    return new Graph(name, `${this.#fresh(name)}/`)
  }

  /** A node whose outputs are outputs of this graph, under their own names: the last node of a graph, such as a Loop. */
  outputNode(
    op: string,
    inputs: readonly string[],
    outputs: readonly (Value | Sequence)[],
    attributes: Node['attributes'],
  ): void {
    const names = outputs.map((output) => output.name)
    this.#append(op, this.#fresh(op), inputs, names, attributes)
    this.outputs.push(...outputs)
  }

  /** A tensor stored in the file. `data` is not copied and must not change afterwards. */
  constant(shape: Shape, data: TensorData): Value {
    if (elementCount(shape) !== data.length)
      throw graphError('the data of a constant does not fill its shape', { shape, elements: data.length })
    const dtype = dtypeOf(data)
    const key = `${dtype} ${shape.join('x')} ${data.length <= SHARED_CONSTANT_LIMIT ? data.join() : ''}`
    const known = this.#shared.get(key)
    if (known !== undefined && data.length <= SHARED_CONSTANT_LIMIT) return known
    const constant = { name: this.#fresh('constant', ''), dtype, shape, data }
    this.constants.push(constant)
    this.#shared.set(key, constant)
    return constant
  }

  /** A tensor stored under a name that nothing else in the graph has, in this file or in another. */
  namedConstant(name: string, dtype: Dtype, shape: Shape, data: TensorData | ExternalData): Value {
    const constant = { name: this.#prefix + name, dtype, shape, data }
    this.constants.push(constant)
    return constant
  }

  scalar(value: number, dtype: StoredDtype): Value {
    return this.constant([], typedArray(dtype, [value]))
  }

  /** A vector of int64, the form in which ONNX takes shapes and axes. */
  integers(values: readonly number[]): Value {
    return this.constant([values.length], typedArray('int64', values))
  }

  /** Runs `build` with `scope` in front of the names it makes. */
  scoped<T>(scope: string, build: () => T): T {
    const outer = this.#scope
    this.#scope = `${outer}${scope}/`
    try {
      return build()
    } finally {
      this.#scope = outer
    }
  }

  /** Notes how `output` was made, for `gradients`. Returns `output`. */
  record(output: Value, inputs: readonly Value[], backward: TapeEntry['backward']): Value {
    this.tape.push({ output, inputs, backward })
    return output
  }

  #append(
    op: string,
    name: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Node['attributes'],
  ): void {
    this.nodes.push({ name, op, inputs, outputs, attributes })
  }

  #fresh(stem: string, scope = this.#scope): string {
    const path = this.#prefix + scope + stem
    const count = this.#counters.get(path) ?? 0
    this.#counters.set(path, count + 1)
    return count === 0 ? path : `${path}_${count}`
  }
}

/** The float dtype that all `values` share, not float16. Throws `training/bad-graph` when there is none. */
export function floatDtype(...values: readonly Value[]): FloatDtype {
  const dtype = anyFloatDtype(...values)
  if (dtype === 'float16') throw graphError('float16 is not precise enough here', {})
  return dtype
}

/** The float dtype that all `values` share. Throws `training/bad-graph` when there is none. */
export function anyFloatDtype(...values: readonly Value[]): FloatDtype | 'float16' {
  const dtype = values[0]?.dtype
  if (dtype !== 'float16' && dtype !== 'float32' && dtype !== 'float64')
    throw graphError('a float tensor is needed', { dtype })
  if (values.some((value) => value.dtype !== dtype))
    throw graphError('float types differ', { dtypes: values.map((value) => value.dtype) })
  return dtype
}

/** Throws `training/bad-graph` unless `value` has exactly `shape`. */
export function requireShape(value: Value, shape: Shape, what: string): void {
  if (!sameShape(value.shape, shape))
    throw graphError(`${what} has the wrong shape`, { name: value.name, shape: value.shape, expected: shape })
}
