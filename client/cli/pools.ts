// The option that commands about tickets of stake share.

/** Spread into the table of a command about one ticket. */
export function ticketOption<const D extends string>(description: D) {
  return { ticket: { flag: 'ticket', env: 'TESSERA_TICKET', type: 'integer', min: 0, description } } as const
}
