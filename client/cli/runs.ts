// The option that says which coordinator's run a command is about.

/** Spread into the table of a command that gives something to a run. */
export const managerOption = {
  manager: {
    flag: 'manager',
    env: 'TESSERA_MANAGER',
    type: 'address',
    description: 'Address of the coordinator whose run it is; the one of the deployment if not given',
  },
} as const
