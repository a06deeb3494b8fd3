// Where `npm run test:storage` has put the daemon that its tests run.

/** @throws when a test file is run without the command */
export function kuboBinary(): string {
  const path = process.env.TESSERA_TEST_KUBO
  if (path === undefined) throw new Error('no Kubo: run this by `npm run test:storage -- FILE`, which builds it')
  return path
}
