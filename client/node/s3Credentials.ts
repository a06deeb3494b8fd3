// The key for a bucket, from the environment or from a file as AWS's own tools have it: lines of `aws_access_key_id = …` below [default].

import { readFileLimited } from '@tessera/agent/limitedFile'
import { TesseraError } from '@tessera/protocol/errors'
import type { S3Credentials } from '@tessera/storage/publish/s3Bucket'

export interface S3CredentialOptions {
  readonly publishS3KeyId: string | undefined
  readonly publishS3Secret: string | undefined
  readonly publishS3CredentialsFile: string | undefined
}

const MAX_FILE_BYTES = 65_536

/** @throws `node/no-credentials`, `file/…`. No error repeats what stands in the file. */
export async function readS3Credentials(options: S3CredentialOptions): Promise<S3Credentials> {
  const { publishS3KeyId: keyId, publishS3Secret: secret, publishS3CredentialsFile: path } = options
  if (keyId !== undefined && secret !== undefined) return { keyId, secret }
  if (path === undefined) throw missing('give --publish-s3-credentials-file, or both variables of the environment')
  const text = new TextDecoder().decode(await readFileLimited(path, MAX_FILE_BYTES))
  const fields = defaultProfile(text)
  const found = { keyId: fields.get('aws_access_key_id'), secret: fields.get('aws_secret_access_key') }
  if (!found.keyId || !found.secret)
    throw missing(`${path} has no aws_access_key_id and aws_secret_access_key below [default]`)
  return { keyId: found.keyId, secret: found.secret, sessionToken: fields.get('aws_session_token') }
}

function defaultProfile(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let profile = 'default'
  for (const line of text.split(/\r?\n/)) {
    profile = /^\s*\[([^\]]*)\]/.exec(line)?.[1]?.trim() ?? profile
    const [, name, value] = /^\s*([a-z_]+)\s*=\s*(\S+)\s*$/.exec(line) ?? []
    if (profile === 'default' && name !== undefined && value !== undefined) fields.set(name, value)
  }
  return fields
}

function missing(reason: string): TesseraError {
  return new TesseraError('node/no-credentials', `there is no key for the bucket: ${reason}`, {
    hint: 'Make a key that may read, write and delete in this bucket only, and keep it in a file that only this account can read',
  })
}
