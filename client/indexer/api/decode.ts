// From what came over the wire to a value of a schema: the only way in.

import * as z from 'zod/mini'

/** @throws zod's error, which names the fields that do not fit. */
export function decode<S extends z.core.$ZodType>(schema: S, value: unknown): z.output<S> {
  return z.decode(schema, value as z.input<S>)
}
