// A real S3 server (Versity's gateway over a folder) for tests: built from the sources that versitygw/go.mod and go.sum name, on a free
// port of this machine, with one bucket that everyone may read and nobody may list.

import { spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '@tessera/deploy/devnet/freePort'
import { endOf, startGuard } from '@tessera/deploy/devnet/processGuard'
import type { S3Credentials } from '@tessera/storage/publish/s3Bucket'
import { AwsClient } from 'aws4fetch'
import { repositoryRoot } from '../checks/tree.ts'

const HOST = '127.0.0.1'
const REGION = 'eu-north-1'
const START_LIMIT_MS = 60_000
const PACKAGE = 'github.com/versity/versitygw/cmd/versitygw'

export interface S3Server {
  /** `http://host:port` */
  readonly origin: string
  readonly region: string
  readonly credentials: S3Credentials
  /** Makes a bucket; `read` lets everyone read what is in it, `list` lets everyone list it too. Returns its address. */
  bucket(name: string, rights?: readonly ('read' | 'list')[]): Promise<string>
  /** How many objects are in a bucket. */
  count(bucket: string): Promise<number>
  stop(): Promise<void>
}

export async function startS3Server(): Promise<S3Server> {
  const binary = build()
  const folder = await mkdtemp(join(tmpdir(), 'tessera-s3-'))
  await mkdir(join(folder, 'data'))
  await mkdir(join(folder, 'meta'))
  const port = await freePort(0, HOST)
  const credentials = { keyId: 'TESTKEY', secret: 'a secret/of+the=tests' }
  const args = ['--port', `${HOST}:${port}`, '--region', REGION, 'posix', '--sidecar', join(folder, 'meta')]
  const env = { ...process.env, ROOT_ACCESS_KEY_ID: credentials.keyId, ROOT_SECRET_ACCESS_KEY: credentials.secret }
  const child = spawn(binary, [...args, join(folder, 'data')], { stdio: ['ignore', 'pipe', 'inherit'], env })
  const exited = endOf(child)
  const guard = startGuard(child, exited)
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready after ${START_LIMIT_MS} ms`)), START_LIMIT_MS)
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.includes(`http://${HOST}:${port}`)) return
      clearTimeout(late)
      resolve()
    })
    exited.then(() => reject(new Error('the S3 server ended at once')), reject)
  })
  const { keyId: accessKeyId, secret: secretAccessKey } = credentials
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: REGION, retries: 0 })
  const origin = `http://${HOST}:${port}`
  const call = async (path: string, init: { method: string; body?: string }): Promise<string> => {
    const response = await client.fetch(`${origin}/${path}`, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`${init.method} /${path}: ${response.status} ${text}`)
    return text
  }
  return {
    origin,
    region: REGION,
    credentials,
    bucket: async (name, rights = ['read']) => {
      await call(name, { method: 'PUT' })
      const actions = { read: ['s3:GetObject', `${name}/*`], list: ['s3:ListBucket', name] } as const
      const Statement = rights.map((right) => {
        const [Action, path] = actions[right]
        return { Effect: 'Allow', Principal: '*', Action, Resource: `arn:aws:s3:::${path}` }
      })
      const policy = JSON.stringify({ Version: '2012-10-17', Statement })
      if (rights.length > 0) await call(`${name}?policy`, { method: 'PUT', body: policy })
      return `${origin}/${name}`
    },
    count: async (bucket) => (await call(`${bucket}?list-type=2`, { method: 'GET' })).split('<Key>').length - 1,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
      await guard
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Seconds when Go has it already. */
function build(): string {
  const binary = join(repositoryRoot, '.tessera', 's3', process.platform === 'win32' ? 'versitygw.exe' : 'versitygw')
  const args = ['build', '-C', join(import.meta.dirname, 'versitygw'), '-buildvcs=false', '-o', binary, PACKAGE]
  const env = { ...process.env, GOTOOLCHAIN: 'auto', GOFLAGS: '' }
  const { status, error } = spawnSync('go', args, { stdio: 'inherit', env })
  if (error !== undefined) throw new Error(`go does not start (${error.message}): install Go 1.26 or newer`)
  if (status !== 0) throw new Error('go says above why it did not build the S3 server')
  return binary
}
