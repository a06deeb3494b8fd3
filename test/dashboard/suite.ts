// The chosen files of tests in one process, so that one network serves them all, and in the order in which they are named: `node --test`
// would sort them. main.ts starts it.

if (import.meta.main) for (const name of process.argv.slice(2)) await import(`./${name}.e2e.ts`)
