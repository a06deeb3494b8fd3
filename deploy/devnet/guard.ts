// Ends a process when the one that started this guard is gone, whatever ended it: standard input is a pipe from there and
// closes with it. For children that, like anvil, do not watch their parent themselves. `node guard.ts PID`.

const pid = Number(process.argv[2])

process.stdin.resume()
process.stdin.once('close', () => {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended already, which is all that is wanted.
  }
})
