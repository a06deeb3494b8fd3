import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { readS3Credentials } from './s3Credentials.ts'
import { tempFolder } from './testing/parts.ts'

const NONE = { publishS3KeyId: undefined, publishS3Secret: undefined, publishS3CredentialsFile: undefined }

test('comes from the environment, or from a file as AWS’s tools write it', async (t) => {
  const path = join(await tempFolder(t), 'credentials')
  const read = async (text: string) => {
    await writeFile(path, text)
    return await readS3Credentials({ ...NONE, publishS3CredentialsFile: path })
  }
  const pair = { publishS3KeyId: 'ID', publishS3Secret: 'S=' }
  assert.deepEqual(await readS3Credentials({ ...NONE, ...pair }), { keyId: 'ID', secret: 'S=' })
  const lines = 'aws_access_key_id = AK\r\naws_secret_access_key=s/e+c=\r\n'
  assert.deepEqual(await read(`[other]\naws_access_key_id=NO\n[default]\n# mine\n${lines}`), {
    keyId: 'AK',
    secret: 's/e+c=',
    sessionToken: undefined,
  })
  assert.equal((await read(`${lines}aws_session_token = T\n[x]\naws_session_token = U`)).sessionToken, 'T')
})

test('none, or half of one: node/no-credentials, and nothing of the file in the error', async (t) => {
  const path = join(await tempFolder(t), 'credentials')
  const secret = 'never-shown'
  await writeFile(path, `[default]\naws_secret_access_key=${secret}\n`)
  const cases = [{}, { publishS3KeyId: 'ID' }, { publishS3CredentialsFile: path }]
  for (const given of cases)
    await assert.rejects(readS3Credentials({ ...NONE, ...given }), (error) => {
      assert.ok(isTesseraError(error, 'node/no-credentials'))
      return !JSON.stringify([error.message, error.hint, error.context]).includes(secret)
    })
  await assert.rejects(readS3Credentials({ ...NONE, publishS3CredentialsFile: `${path}2` }), { code: 'file/missing' })
})
