// The part of the ONNX schema (onnx.proto, IR version 10) that our graphs use, as protobuf descriptors built when the file
// loads: no generated code and no protobuf compiler. Field numbers are the standard's. The dialect is proto2, as in ONNX's own
// schema, so that an integer attribute of 0 is written, not omitted.

import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'

type Kind = 'string' | 'bytes' | 'int32' | 'int64' | 'float' | (string & {})

interface Field {
  readonly number: number
  readonly name: string
  readonly kind: Kind
  readonly repeated: boolean
  readonly oneof: boolean
}

const SCALAR_TYPES: Readonly<Record<string, FieldDescriptorProto_Type>> = {
  string: FieldDescriptorProto_Type.STRING,
  bytes: FieldDescriptorProto_Type.BYTES,
  int32: FieldDescriptorProto_Type.INT32,
  int64: FieldDescriptorProto_Type.INT64,
  float: FieldDescriptorProto_Type.FLOAT,
}

const one = (number: number, name: string, kind: Kind): Field => field(number, name, kind, {})
const many = (number: number, name: string, kind: Kind): Field => field(number, name, kind, { repeated: true })
/** One case of the message's only oneof, which is always called `value`. */
const oneCase = (number: number, name: string, kind: Kind): Field => field(number, name, kind, { oneof: true })

function field(number: number, name: string, kind: Kind, flags: Partial<Field>): Field {
  return { number, name, kind, repeated: false, oneof: false, ...flags }
}

const MESSAGES: Readonly<Record<string, readonly Field[]>> = {
  ModelProto: [
    one(1, 'ir_version', 'int64'),
    one(2, 'producer_name', 'string'),
    one(7, 'graph', 'GraphProto'),
    many(8, 'opset_import', 'OperatorSetIdProto'),
  ],
  OperatorSetIdProto: [one(1, 'domain', 'string'), one(2, 'version', 'int64')],
  GraphProto: [
    many(1, 'node', 'NodeProto'),
    one(2, 'name', 'string'),
    many(5, 'initializer', 'TensorProto'),
    many(11, 'input', 'ValueInfoProto'),
    many(12, 'output', 'ValueInfoProto'),
  ],
  NodeProto: [
    many(1, 'input', 'string'),
    many(2, 'output', 'string'),
    one(3, 'name', 'string'),
    one(4, 'op_type', 'string'),
    many(5, 'attribute', 'AttributeProto'),
    one(7, 'domain', 'string'),
  ],
  AttributeProto: [
    one(1, 'name', 'string'),
    one(2, 'f', 'float'),
    one(3, 'i', 'int64'),
    one(4, 's', 'bytes'),
    one(6, 'g', 'GraphProto'),
    many(8, 'ints', 'int64'),
    one(20, 'type', 'int32'),
  ],
  TensorProto: [
    many(1, 'dims', 'int64'),
    one(2, 'data_type', 'int32'),
    one(8, 'name', 'string'),
    one(9, 'raw_data', 'bytes'),
    many(13, 'external_data', 'StringStringEntryProto'),
    one(14, 'data_location', 'int32'),
  ],
  StringStringEntryProto: [one(1, 'key', 'string'), one(2, 'value', 'string')],
  ValueInfoProto: [one(1, 'name', 'string'), one(2, 'type', 'TypeProto')],
  TypeProto: [oneCase(1, 'tensor_type', 'TypeProto.Tensor')],
  'TypeProto.Tensor': [one(1, 'elem_type', 'int32'), one(2, 'shape', 'TensorShapeProto')],
  TensorShapeProto: [many(1, 'dim', 'TensorShapeProto.Dimension')],
  'TensorShapeProto.Dimension': [oneCase(1, 'dim_value', 'int64'), oneCase(2, 'dim_param', 'string')],
}

function fieldDescriptor(entry: Field): object {
  const scalar = SCALAR_TYPES[entry.kind]
  return {
    name: entry.name,
    number: entry.number,
    label: entry.repeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
    type: scalar ?? FieldDescriptorProto_Type.MESSAGE,
    ...(scalar === undefined ? { typeName: `.onnx.${entry.kind}` } : {}),
    ...(entry.oneof ? { oneofIndex: 0 } : {}),
  }
}

/** Descriptor of the message `name` with its nested messages (`name.Inner`). */
function messageDescriptor(name: string): object {
  const fields = MESSAGES[name] ?? []
  const nested = Object.keys(MESSAGES).filter((other) => other.startsWith(`${name}.`))
  return {
    name: name.slice(name.lastIndexOf('.') + 1),
    field: fields.map(fieldDescriptor),
    nestedType: nested.map(messageDescriptor),
    oneofDecl: fields.some((entry) => entry.oneof) ? [{ name: 'value' }] : [],
  }
}

const file = create(FileDescriptorProtoSchema, {
  name: 'onnx.proto',
  package: 'onnx',
  syntax: 'proto2',
  messageType: Object.keys(MESSAGES)
    .filter((name) => !name.includes('.'))
    .map(messageDescriptor),
})

const registry = createFileRegistry(file, () => undefined)

function schemaOf(name: string): DescMessage {
  const schema = registry.getMessage(`onnx.${name}`)
  if (schema === undefined) throw new Error(`the ONNX schema has no message ${name}`)
  return schema
}

const modelSchema = schemaOf('ModelProto')

/** AttributeProto.AttributeType: which field of an attribute is meant. */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const

/** TensorProto.DataLocation: `external` is a file that the tensor's external data names. Absent: in this file. */
export const DATA_LOCATION = { external: 1 } as const

/** A ModelProto and its parts as plain objects with camelCase field names; what `create` of protobuf-es takes. */
export type MessageInit = Readonly<Record<string, unknown>>

/** Protobuf bytes of a ModelProto. The same model gives the same bytes: fields are written in the order of their numbers. */
export function encodeModel(model: MessageInit): Uint8Array {
  return toBinary(modelSchema, create(modelSchema, model))
}

/** @testonly The ModelProto in `bytes`; fields outside the excerpt above are kept as unknown fields. */
export function decodeModel(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return fromBinary(modelSchema, bytes) as unknown as Readonly<Record<string, unknown>>
}
