// Holds the habits that no other tool sees: no test is skipped or singled out, no failure is swallowed, no type is silenced, no
// debt is without an issue. What biome reports (`any`, and ts-ignore as a rule of its own) is looked for here as well where a
// `biome-ignore` could hide it.

import type { CallExpression, Node } from 'oxc-parser'
import type { Finding, Outcome } from './check.ts'
import { withoutComments } from './solidity.ts'
import { isScript, isTest, parseFile, type Source, walk } from './source.ts'
import type { Tree } from './tree.ts'

const SKIPPING = new Set(['only', 'skip', 'todo'])
// What node:test exports, and the customary names of its context.
const RUNNERS = new Set(['test', 'it', 'describe', 'suite', 't', 'context', 'ctx'])
const SILENCED = /^[\s*/]*(@ts-(?:ignore|nocheck))\b/
const DEBT = /\b(?:TODO|FIXME|XXX)\b(?!.*#\d+)/

export function checkHygiene(tree: Tree): Outcome {
  const scripts = tree.files.filter(isScript).flatMap((file) => scriptFindings(parseFile(tree, file)))
  const contracts = tree.files
    .filter((file) => file.endsWith('.sol'))
    .flatMap((file) => solidityFindings(file, tree.read(file)))
  return { findings: [...scripts, ...contracts] }
}

function scriptFindings(source: Source): Finding[] {
  const findings: Finding[] = []
  const add = (offset: number, message: string): void => {
    findings.push({ file: source.path, line: source.lineAt(offset), message })
  }
  for (const comment of source.comments) {
    const silenced = SILENCED.exec(comment.value)?.[1]
    if (silenced !== undefined) add(comment.start, `${silenced} silences the type check`)
    if (DEBT.test(comment.value)) add(comment.start, 'debt without the number of an issue (#n)')
  }
  const emptyBlock = (block: Node): boolean =>
    block.type === 'BlockStatement' &&
    block.body.length === 0 &&
    !source.comments.some((comment) => comment.start > block.start && comment.end < block.end)
  walk(source, (node) => {
    if (node.type === 'CatchClause' && emptyBlock(node.body))
      add(node.start, 'empty catch: say in it why nothing is to be done')
    if (node.type === 'TSAsExpression' && node.typeAnnotation.type === 'TSAnyKeyword') add(node.start, '`as any`')
    if (node.type !== 'CallExpression') return
    if (isSwallow(node, emptyBlock)) add(node.start, 'empty .catch(): say in it why nothing is to be done')
    const skipped = isTest(source.path) ? skipping(node) : undefined
    if (skipped !== undefined) add(node.start, `${skipped}: every test runs`)
  })
  return findings
}

/** `promise.catch(() => {})`. */
function isSwallow(call: CallExpression, emptyBlock: (block: Node) => boolean): boolean {
  if (call.callee.type !== 'MemberExpression' || propertyName(call.callee) !== 'catch') return false
  const [handler] = call.arguments
  return handler?.type === 'ArrowFunctionExpression' && emptyBlock(handler.body)
}

/** `test.skip(...)`, `t.todo()`, `test('x', { only: true }, ...)`. */
function skipping(call: CallExpression): string | undefined {
  const { callee } = call
  if (callee.type === 'MemberExpression' && callee.object.type === 'Identifier' && RUNNERS.has(callee.object.name)) {
    const name = propertyName(callee)
    if (name !== undefined && SKIPPING.has(name)) return `${callee.object.name}.${name}`
  }
  const runner = callee.type === 'MemberExpression' ? callee.object : callee
  if (runner.type !== 'Identifier' || !RUNNERS.has(runner.name)) return undefined
  for (const argument of call.arguments) {
    if (argument.type !== 'ObjectExpression') continue
    for (const property of argument.properties) {
      if (property.type !== 'Property' || property.key.type !== 'Identifier' || !SKIPPING.has(property.key.name))
        continue
      if (property.value.type !== 'Literal' || property.value.value !== false) return `{ ${property.key.name} }`
    }
  }
  return undefined
}

function propertyName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression' || node.computed || node.property.type !== 'Identifier') return undefined
  return node.property.name
}

function solidityFindings(file: string, text: string): Finding[] {
  const code = withoutComments(text).split('\n')
  return text.split('\n').flatMap((line, index) => {
    const messages: string[] = []
    if (/\bvm\.skip\s*\(/.test(code[index] ?? '')) messages.push('vm.skip: every test runs')
    if (/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/.test(line))
      messages.push('empty catch: say in it why nothing is to be done')
    if (DEBT.test(line)) messages.push('debt without the number of an issue (#n)')
    return messages.map((message) => ({ file, line: index + 1, message }))
  })
}
