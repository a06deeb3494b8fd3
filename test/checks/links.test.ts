import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLinks } from './links.ts'
import { plantedTree } from './tree.ts'

const page = `# One page
## \`npm test\`, and [more](b.md)
## Twice
## Twice
<a id="here"></a>
\`\`\`sh
# not a heading
[not a link](nowhere.md)
\`\`\`
`

function found(text: string): string[] {
  const tree = plantedTree({ 'docs/a.md': text, 'docs/page.md': page, 'docs/b.md': '', 'src/deep/c.ts': '' })
  return checkLinks(tree).findings.map(({ file, line, message }) => `${file}:${line} ${message}`)
}

test('links that resolve pass', () => {
  const text = `[a](page.md) ![b](../src/deep/c.ts) [c](../src/deep/) [c](../src) [d](#title)
[e](page.md#npm-test-and-more "a title") [f](page.md#twice-1) [g](page.md#here) [h](https://example.org/x#y)
\`[i](nowhere.md)\` and \`\` [j](nowhere.md) \`\`

# Title

[k]: b.md
`
  assert.deepEqual(found(text), [])
})

test('links that do not are found', () => {
  const text = `[a](nowhere.md)
[b](page.md#not-a-heading) [c](page.md#three)
[d](#nothing)
[e](/docs/b.md)
[f]: ../nowhere
`
  assert.deepEqual(found(text), [
    'docs/a.md:1 nowhere.md: no such file',
    'docs/a.md:2 page.md#not-a-heading: no such heading',
    'docs/a.md:2 page.md#three: no such heading',
    'docs/a.md:3 #nothing: no such heading',
    'docs/a.md:4 /docs/b.md: write links relative to the file',
    'docs/a.md:5 ../nowhere: no such file',
  ])
})

test('the host of a registry is found in pages and lock files', () => {
  const host = ['registry', 'npmjs', 'org'].join('.')
  const tree = plantedTree({ 'a.md': `see https://${host}/x`, 'package-lock.json': `\n"https://${host}/y"` })
  assert.deepEqual(checkLinks(tree).findings, [
    { file: 'a.md', line: 1, message: `names the registry host ${host}` },
    { file: 'package-lock.json', line: 2, message: `names the registry host ${host}` },
  ])
})
