import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineOptions } from '@tessera/agent/options'
import { checkOptionPages, withTable } from './optionPages.ts'
import { plantedTree } from './tree.ts'

const table = defineOptions({
  port: {
    flag: 'port',
    env: 'TESSERA_PORT',
    type: 'integer',
    default: 1,
    min: 1,
    max: 9,
    description: 'Where it listens',
  },
})
const empty = '# Page\n\n<!-- options -->\n<!-- /options -->\n\nThe end.\n'

test('a fresh table passes, and writing it again changes nothing', () => {
  const fresh = withTable(empty, 'page.md', table)!
  assert.match(fresh, /^# Page\n\n<!-- options -->\n\n\|[\s\S]*--port[\s\S]*\|\n\n<!-- \/options -->\n\nThe end\.\n$/)
  assert.equal(withTable(fresh, 'page.md', table), fresh)
  assert.deepEqual(checkOptionPages(plantedTree({ 'a.md': fresh }), { 'a.md': table }), { findings: [] })
})

test('a stale table, a page without a place for one and a missing page are found', () => {
  const tree = plantedTree({ 'stale.md': empty, 'none.md': '# Page', 'wrong.md': '<!-- /options --><!-- options -->' })
  const pages = { 'stale.md': table, 'none.md': table, 'wrong.md': table, 'missing.md': table }
  assert.deepEqual(
    checkOptionPages(tree, pages).findings.map(({ file, message }) => `${file} ${message}`),
    [
      'stale.md its options are stale: run `npm run gen`',
      'none.md has no section <!-- options --> ... <!-- /options -->',
      'wrong.md has no section <!-- options --> ... <!-- /options -->',
      'missing.md does not exist',
    ],
  )
})
