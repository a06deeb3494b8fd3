import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BlockBuffers } from './blockBuffers.ts'
import { PROFILE } from './dagShape.ts'

describe('BlockBuffers', () => {
  test('memory that was given back is used again, whatever part of it is asked for', () => {
    const buffers = new BlockBuffers()
    const first = buffers.take(PROFILE.leafBytes)
    buffers.give(first)
    const second = buffers.take(5)
    assert.equal(second.length, 5)
    assert.equal(second.buffer, first.buffer)
  })

  test('nobody has memory that somebody else has, even if it is given back twice', () => {
    const buffers = new BlockBuffers()
    const first = buffers.take(1)
    buffers.give(first)
    buffers.give(first)
    const taken = Array.from({ length: 40 }, () => buffers.take(1).buffer)
    assert.equal(new Set(taken).size, 40)
  })

  test('memory from elsewhere is never handed out', () => {
    const buffers = new BlockBuffers()
    const own = new Uint8Array(PROFILE.leafBytes)
    buffers.give(own)
    assert.notEqual(buffers.take(1).buffer, own.buffer)
  })

  test('a block longer than a leaf has memory of its own', () => {
    const buffers = new BlockBuffers()
    const long = buffers.take(PROFILE.leafBytes + 1)
    assert.equal(long.length, PROFILE.leafBytes + 1)
    buffers.give(long)
    assert.notEqual(buffers.take(1).buffer, long.buffer)
  })

  test('no more is kept than is of use', () => {
    const buffers = new BlockBuffers()
    const many = Array.from({ length: 40 }, () => buffers.take(1))
    for (const one of many) buffers.give(one)
    const known = new Set<ArrayBufferLike>(many.map(({ buffer }) => buffer))
    const kept = Array.from({ length: 40 }, () => buffers.take(1)).filter(({ buffer }) => known.has(buffer))
    assert.equal(kept.length, 16)
  })
})
