import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, describe, test } from 'node:test'
import { type HttpServer, serveHttp } from './httpServer.ts'

const errors: unknown[] = []
const server: HttpServer = await serveHttp({
  host: '127.0.0.1',
  port: 0,
  onError: (error) => void errors.push(error),
  routes: {
    '/hello': (_request, response) => void response.end('hello'),
    '/broken': () => Promise.reject(new Error('broken')),
    '/half': (_request, response) => {
      response.write('half')
      throw new Error('half')
    },
    '/slow': () => {},
  },
})
after(() => server.close())

describe('serveHttp', () => {
  test('routes by exact path, the query aside', async () => {
    assert.equal(await (await fetch(`${server.url}/hello?x=1`)).text(), 'hello')
    for (const path of ['/', '/hello/', '/hello/../none', '/__proto__', '/constructor'])
      assert.equal((await fetch(server.url + path)).status, 404, path)
  })

  test('only GET and HEAD', async () => {
    const response = await fetch(`${server.url}/hello`, { method: 'POST', body: 'x' })
    assert.equal(response.status, 405)
    assert.equal(response.headers.get('allow'), 'GET, HEAD')
    assert.equal((await fetch(`${server.url}/hello`, { method: 'HEAD' })).status, 200)
  })

  test('a failing handler is told, and the client learns nothing but 500', async () => {
    const response = await fetch(`${server.url}/broken`)
    assert.equal(response.status, 500)
    assert.equal(await response.text(), '')
    assert.equal((errors.at(-1) as Error).message, 'broken')
    await assert.rejects(fetch(`${server.url}/half`).then((half) => half.text()))
    assert.equal((errors.at(-1) as Error).message, 'half')
  })

  test('server/port-in-use and server/cannot-listen', async () => {
    const options = { routes: {}, onError: () => {} }
    await assert.rejects(serveHttp({ ...options, host: '127.0.0.1', port: server.port }), {
      code: 'server/port-in-use',
    })
    await assert.rejects(serveHttp({ ...options, host: '192.0.2.1', port: 0 }), { code: 'server/cannot-listen' })
  })

  test('close ends connections that still wait', async () => {
    const other = await serveHttp({ host: '127.0.0.1', port: 0, onError: () => {}, routes: { '/slow': () => {} } })
    const socket = connect(other.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    await once(socket, 'connect')
    await Promise.all([closed, other.close()])
  })
})
