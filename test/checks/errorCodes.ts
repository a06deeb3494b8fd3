// Holds that every error is met by a test: each code of a TesseraError stands in a test file, and the selector of each custom error
// of the contracts in a Solidity test. That the test really provokes it is for the reader of the test to judge.

import type { Node } from 'oxc-parser'
import type { Finding, Outcome } from './check.ts'
import { errorsOf, withoutComments } from './solidity.ts'
import { isScript, isTest, parseFile, type Source, walk } from './source.ts'
import type { Tree } from './tree.ts'

const CODE = /^[a-z][a-z\d]*(?:-[a-z\d]+)*\/[a-z\d]+(?:-[a-z\d]+)*$/

interface Code {
  readonly code: string
  readonly file: string
  readonly line: number
}

export function checkErrorCodes(tree: Tree): Outcome {
  const sources = tree.files.filter((file) => isScript(file) && !file.startsWith('test/') && !isTest(file))
  const parsed = sources.map((file) => parseFile(tree, file))
  const codes = errorCodes(parsed)
  const tests = tree.files.filter(
    (file) => (isTest(file) || (isScript(file) && file.startsWith('test/'))) && !isCheck(file),
  )
  // A code in a pattern is written with its slash escaped.
  const tested = tests.map((file) => tree.read(file).replaceAll('\\/', '/')).join('\n')
  const findings = codes
    .filter(({ code }) => !stands(tested, code))
    .map(({ code, file, line }): Finding => {
      return { file, line, message: `${code} is in no test` }
    })
  return { findings: [...parsed.flatMap(composedCodes), ...findings], notes: [`${codes.length} codes`] }
}

/** Each code once, where it is met first. A word of a domain that some TesseraError has counts wherever it stands. */
function errorCodes(sources: readonly Source[]): Code[] {
  const domains = new Set<string>()
  const words: Code[] = []
  for (const source of sources) {
    walk(source, (node) => {
      if (node.type === 'NewExpression' && node.callee.type === 'Identifier' && node.callee.name === 'TesseraError')
        for (const code of literals(node.arguments[0])) domains.add(domainOf(code))
      const [code] = node.type === 'Literal' ? literals(node) : []
      if (code !== undefined) words.push({ code, file: source.path, line: source.lineAt(node.start) })
    })
  }
  const first = new Map<string, Code>()
  for (const word of words) if (domains.has(domainOf(word.code)) && !first.has(word.code)) first.set(word.code, word)
  return [...first.values()].toSorted((a, b) => (a.code < b.code ? -1 : 1))
}

/** Codes put together at run time: nobody can search for them, and this check cannot either. */
function composedCodes(source: Source): Finding[] {
  const findings: Finding[] = []
  walk(source, (node) => {
    if (node.type !== 'NewExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'TesseraError')
      return
    if (node.arguments[0]?.type !== 'TemplateLiteral') return
    findings.push({
      file: source.path,
      line: source.lineAt(node.start),
      message: 'write the code out, so that it can be found',
    })
  })
  return findings
}

/** The codes in an expression: one literal, or the branches of a choice. */
function literals(node: Node | undefined): string[] {
  if (node?.type === 'ConditionalExpression') return [...literals(node.consequent), ...literals(node.alternate)]
  return node?.type === 'Literal' && typeof node.value === 'string' && CODE.test(node.value) ? [node.value] : []
}

export function checkCustomErrors(tree: Tree): Outcome {
  const contracts = tree.files.filter((file) => file.startsWith('contracts/') && file.endsWith('.sol'))
  const tests = tree.files.filter((file) => file.startsWith('test/solidity/') && file.endsWith('.sol'))
  const tested = tests.map((file) => withoutComments(tree.read(file))).join('\n')
  const declared = contracts.flatMap((file) => errorsOf(tree.read(file)).map((error) => ({ file, ...error })))
  const findings = declared
    .filter(({ name }) => !new RegExp(`\\b${name}\\.selector\\b`).test(tested))
    .map(({ file, line, name }): Finding => {
      return { file, line, message: `no test under test/solidity expects ${name}: name ${name}.selector in one` }
    })
  return { findings, notes: [`${declared.length} custom errors`] }
}

function domainOf(code: string): string {
  return code.slice(0, code.indexOf('/'))
}

// These checks name codes of planted errors, not of ours.
function isCheck(file: string): boolean {
  return file.startsWith('test/checks/')
}

function stands(text: string, code: string): boolean {
  return new RegExp(`(?<![\\w-])${code}(?![\\w-])`).test(text)
}
