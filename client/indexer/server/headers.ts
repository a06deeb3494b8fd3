// What browsers are told about the dashboard's pages and the answers. The pages sign transactions and show texts of strangers: what is
// not listed here does not run.

/**
 * - scripts: the build's own, and WebAssembly, which the model runs on; nothing inline.
 * - connections: anywhere by HTTP or WebSocket, since gateways and the RPC server are named on chain or by the visitor.
 * - workers: also from blobs, as the model's runtime starts its threads so.
 * Styles set by scripts (CSSOM) need no permission.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "manifest-src 'self'",
  "worker-src 'self' blob:",
  "connect-src 'self' http: https: ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  // Gateways of strangers learn nothing about what is looked at.
  'referrer-policy': 'no-referrer',
  // Isolation from other origins, which gives the model's runtime shared memory and so threads. Harmless here: injected wallets need no
  // opener, everything else is fetched with CORS, and `credentialless` asks no consent of whoever serves it. Where a browser does not
  // know it, or a gateway serves the pages without it, the runtime takes one thread.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'credentialless',
}

export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'etag',
  'x-content-type-options': 'nosniff',
  // A page on another origin may be isolated as ours is.
  'cross-origin-resource-policy': 'cross-origin',
  vary: 'accept-encoding',
}
