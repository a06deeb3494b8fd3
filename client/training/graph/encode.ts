// A finished graph as the bytes of an ONNX file. Only what the outputs depend on is written: the walk from the outputs drops
// gradients and constants that nothing reads.

import { bytesOf, ONNX_CODE } from './dtype.ts'
import type { Attribute, Constant, ExternalData, Graph, Node, Sequence, Value } from './graph.ts'
import { ATTRIBUTE_TYPE, DATA_LOCATION, encodeModel, type MessageInit } from './onnxSchema.ts'
import type { Dimension } from './shape.ts'

/** Operator set 21 of 2024 with its IR version 10: old enough for every execution provider, new enough for axes as inputs. */
const OPERATOR_SET = 21n
const IR_VERSION = 10n

/** The operations of ONNX Runtime's own, named with this in front, and their only version. */
const RUNTIME_DOMAIN = 'com.microsoft'
const RUNTIME_VERSION = 1n

/** ONNX bytes of `graph`. Deterministic: equal graphs give equal bytes on every machine. */
export function encodeGraph(graph: Graph): Uint8Array {
  const standard = { domain: '', version: OPERATOR_SET }
  return encodeModel({
    irVersion: IR_VERSION,
    producerName: 'tessera',
    graph: graphMessage(graph),
    opsetImport: usesRuntime(graph) ? [standard, { domain: RUNTIME_DOMAIN, version: RUNTIME_VERSION }] : [standard],
  })
}

function usesRuntime(graph: Graph): boolean {
  return livePart(graph).nodes.some(
    (node) =>
      domainOf(node.op).domain !== '' ||
      Object.values(node.attributes).some((attribute) => 'graph' in attribute && usesRuntime(attribute.graph)),
  )
}

/** `domain.Name` as its parts; operations of the standard have no domain. */
function domainOf(op: string): { readonly domain: string; readonly name: string } {
  const dot = op.lastIndexOf('.')
  return { domain: op.slice(0, Math.max(0, dot)), name: op.slice(dot + 1) }
}

/** The part of `graph` that its outputs depend on. */
interface LivePart {
  readonly nodes: readonly Node[]
  readonly constants: readonly Constant[]
  /** Every name read in it, among them those of the graph around it. */
  readonly read: ReadonlySet<string>
}

function livePart(graph: Graph): LivePart {
  const read = new Set(graph.outputs.map((output) => output.name))
  const nodes: Node[] = []
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => read.has(name))) continue
    nodes.push(node)
    for (const name of node.inputs) read.add(name)
    for (const attribute of Object.values(node.attributes)) {
      if ('graph' in attribute) for (const name of livePart(attribute.graph).read) read.add(name)
    }
  }
  return { nodes: nodes.reverse(), constants: graph.constants.filter((constant) => read.has(constant.name)), read }
}

function graphMessage(graph: Graph): MessageInit {
  const live = livePart(graph)
  return {
    name: graph.name,
    node: live.nodes.map(nodeMessage),
    initializer: live.constants.map(tensorMessage),
    input: graph.inputs.map(valueInfo),
    output: graph.outputs.map(valueInfo),
  }
}

function nodeMessage(node: Node): MessageInit {
  const { domain, name } = domainOf(node.op)
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    name: node.name,
    opType: name,
    ...(domain === '' ? {} : { domain }),
    attribute: Object.entries(node.attributes).map(([name, attribute]) => ({ name, ...attributeMessage(attribute) })),
  }
}

function attributeMessage(attribute: Attribute): MessageInit {
  if ('int' in attribute) return { type: ATTRIBUTE_TYPE.int, i: BigInt(attribute.int) }
  if ('float' in attribute) return { type: ATTRIBUTE_TYPE.float, f: attribute.float }
  if ('string' in attribute) return { type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(attribute.string) }
  if ('ints' in attribute) return { type: ATTRIBUTE_TYPE.ints, ints: attribute.ints.map((value) => BigInt(value)) }
  return { type: ATTRIBUTE_TYPE.graph, g: graphMessage(attribute.graph) }
}

function tensorMessage(constant: Constant): MessageInit {
  return {
    dims: constant.shape.map((size) => BigInt(size)),
    dataType: ONNX_CODE[constant.dtype],
    name: constant.name,
    ...('location' in constant.data ? externalMessage(constant.data) : { rawData: bytesOf(constant.data) }),
  }
}

/** Protobuf ends at 2 GB, so large tensors stand in a file of their own, which ONNX finds by these pairs of strings. */
function externalMessage({ location, offset, length }: ExternalData): MessageInit {
  return {
    externalData: Object.entries({ location, offset, length }).map(([key, value]) => ({ key, value: String(value) })),
    dataLocation: DATA_LOCATION.external,
  }
}

function valueInfo(value: Value | Sequence): MessageInit {
  const dimensions: readonly Dimension[] =
    'length' in value ? [value.length, ...value.item] : (value.dimensions ?? value.shape)
  return {
    name: value.name,
    type: {
      value: {
        case: 'tensorType',
        value: { elemType: ONNX_CODE[value.dtype], shape: { dim: dimensions.map(dimensionMessage) } },
      },
    },
  }
}

function dimensionMessage(size: Dimension): MessageInit {
  return {
    value: typeof size === 'number' ? { case: 'dimValue', value: BigInt(size) } : { case: 'dimParam', value: size },
  }
}
