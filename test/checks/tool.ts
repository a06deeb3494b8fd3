// Runs a command-line tool of node_modules, or a script of this repository, under the Node that runs now, and collects what it
// says. Judges nothing: each check reads the exit code and the text.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './tree.ts'

export interface ToolResult {
  /** Exit code; 1 when a signal ended the tool. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ToolOptions {
  readonly cwd?: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The JavaScript file behind `command` of an installed package; not node_modules/.bin, which is shell script on Windows. */
export function binPath(packageName: string, command: string = packageName): string {
  const folder = join(repositoryRoot, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin?: string | Record<string, string>
  }
  const file = typeof bin === 'string' ? bin : bin?.[command]
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`)
  return join(folder, file)
}

/** Runs a JavaScript or TypeScript file with Node and waits for its end. */
export function runNode(args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ToolResult>()
  const child = spawn(process.execPath, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.on('error', reject)
  child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
  // A tool that does not read its input may be gone before the text is written; its exit code says what happened.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  return promise
}

/** Everything the tool said, trimmed. */
export function spoken(result: ToolResult): string {
  return `${result.stdout}\n${result.stderr}`.trim()
}
