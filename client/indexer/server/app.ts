// The indexer's routes over HTTP: answers, the live stream, the dashboard's files, its configuration. Everything can be asked by anyone,
// nothing can be changed. Listening is listen.ts's, what the answers say is the queries'.

import type { Logger } from '@tessera/agent/logger'
import { TesseraError } from '@tessera/protocol/errors'
import { type Context, Hono } from 'hono'
import * as z from 'zod/mini'
import { type Config, config as configSchema } from '../api/config.ts'
import { CONFIG_PATH, LIVE_PATH, type RouteName, routes } from '../api/routes.ts'
import { Answers, type Queries } from './answers.ts'
import { encodingFor } from './compress.ts'
import { ANSWER_HEADERS, PAGE_HEADERS } from './headers.ts'
import type { LiveStreams } from './liveStreams.ts'
import { readParameters } from './parameters.ts'
import { refusalOf } from './refusal.ts'
import type { Site, SiteFile } from './site.ts'

/** What listen.ts hands over with a request; nothing when there is no connection. */
export interface Connection {
  readonly outgoing?: { destroy(): unknown }
}

type Bindings = { Bindings: Connection }

export interface AppOptions {
  readonly queries: Queries
  /** Names the present contents of the database; undefined while there are none. */
  readonly version: () => string | undefined
  readonly live: LiveStreams
  readonly config: Config
  readonly site: Site | undefined
  /** The text of /metrics and its type. */
  readonly metrics: () => Promise<{ readonly text: string; readonly type: string }>
  /** Told of each answer of a route, in seconds. */
  readonly onAnswer: (route: RouteName, status: number, seconds: number) => void
  readonly logger: Logger
}

export type App = Hono<Bindings>

const METHODS = 'GET, HEAD, OPTIONS'

export function createApp(options: AppOptions): App {
  const app: App = new Hono<Bindings>()
  app.use((context, next) => checkMethod(context, next))
  const answers = new Answers(options)
  for (const name of Object.keys(routes) as RouteName[])
    app.get(routes[name].path.replace(/\{(\w+)\}/g, ':$1'), (context) => serveRoute(context, name, answers, options))
  app.get(LIVE_PATH, (context) => serveLive(context, options.live))
  const config = JSON.stringify(z.encode(configSchema, options.config))
  app.get(CONFIG_PATH, (context) =>
    context.body(config, 200, { ...ANSWER_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-cache' }),
  )
  app.get('/metrics', async (context) => {
    const { text, type } = await options.metrics()
    return context.body(text, 200, { 'content-type': type, 'cache-control': 'no-store' })
  })
  app.get('*', async (context) => {
    const file = options.site?.get(context.req.path)
    if (file === undefined) throw unknownPath()
    return await serveFile(context, file)
  })
  app.onError((error, context) => refuse(context, error, options.logger))
  return app
}

/** Answers what browsers ask before they ask, also for pages of the internet that read an indexer on the visitor's own machine. */
async function checkMethod(context: Context<Bindings>, next: () => Promise<void>): Promise<Response | undefined> {
  const { method } = context.req
  if (method === 'OPTIONS')
    return context.body(null, 204, {
      ...ANSWER_HEADERS,
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': 'if-none-match, last-event-id',
      'access-control-allow-private-network': 'true',
      'access-control-max-age': '86400',
    })
  if (method !== 'GET' && method !== 'HEAD')
    throw new TesseraError('indexer/bad-method', 'nothing can be changed here', { hint: `Use ${METHODS}` })
  await next()
  return undefined
}

async function serveRoute(
  context: Context<Bindings>,
  name: RouteName,
  answers: Answers,
  { logger, onAnswer }: AppOptions,
): Promise<Response> {
  const startedAt = performance.now()
  const answer = async (): Promise<Response> => {
    const url = new URL(context.req.url)
    const params = readParameters(name, context.req.param() as Record<string, string>, url.searchParams)
    const body = await answers.get(name, params, `${url.pathname}${url.search}`)
    const encoding = encodingFor(context.req.header('accept-encoding'), body.length)
    const etag = body.version === undefined ? undefined : `W/"${body.version}"`
    const headers = {
      ...ANSWER_HEADERS,
      // Kept, and asked about each time: the next block may change it.
      'cache-control': etag === undefined ? 'no-store' : 'no-cache',
      ...(etag === undefined ? {} : { etag }),
    }
    if (isKnown(context, etag)) return context.body(null, 304, headers)
    const bytes = await body.in(encoding)
    return reply(context, bytes, { ...headers, 'content-type': 'application/json', ...encodingHeader(encoding) })
  }
  const response = await answer().catch((error: unknown) => refuse(context, error, logger))
  onAnswer(name, response.status, (performance.now() - startedAt) / 1_000)
  return response
}

function serveLive(context: Context<Bindings>, live: LiveStreams): Response {
  // Without a body there is nothing to wait for.
  if (context.req.method === 'HEAD') return context.body(null, 200, ANSWER_HEADERS)
  const stream = live.open(() => context.env?.outgoing?.destroy())
  return context.body(stream, 200, {
    ...ANSWER_HEADERS,
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // A proxy must not gather events.
    'x-accel-buffering': 'no',
  })
}

async function serveFile(context: Context<Bindings>, file: SiteFile): Promise<Response> {
  const encoding = file.isText
    ? encodingFor(context.req.header('accept-encoding'), Number.MAX_SAFE_INTEGER)
    : 'identity'
  const { bytes, digest } = await file.content(encoding)
  const etag = `W/"${digest}"`
  const headers = {
    ...PAGE_HEADERS,
    vary: 'accept-encoding',
    'content-type': file.type,
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
  }
  if (isKnown(context, etag)) return context.body(null, 304, headers)
  return reply(context, bytes, { ...headers, ...encodingHeader(encoding) })
}

function encodingHeader(encoding: string): Record<string, string> {
  return encoding === 'identity' ? {} : { 'content-encoding': encoding }
}

function isKnown(context: Context<Bindings>, etag: string | undefined): boolean {
  const known = context.req.header('if-none-match') ?? ''
  return etag !== undefined && known.split(',').some((one) => one.trim() === etag)
}

function reply(context: Context<Bindings>, bytes: Uint8Array, headers: Record<string, string>): Response {
  // SAFETY: made by TextEncoder, zlib or a file read, none of which shares its memory.
  return context.body(bytes as Uint8Array<ArrayBuffer>, 200, { ...headers, 'content-length': String(bytes.length) })
}

function refuse(context: Context<Bindings>, error: unknown, logger: Logger): Response {
  const { status, body, isOurs } = refusalOf(error)
  if (isOurs) logger.failure(error, 'a request failed', { path: context.req.path })
  const headers = { ...ANSWER_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' }
  // There may be a body of any length on its way.
  const end: Record<string, string> = status === 405 ? { allow: METHODS, connection: 'close' } : {}
  return new Response(body, { status, headers: { ...headers, ...end } })
}

function unknownPath(): TesseraError {
  return new TesseraError('indexer/unknown-path', 'there is nothing at this path', {
    hint: 'The routes are listed in client/indexer/README.md',
  })
}
