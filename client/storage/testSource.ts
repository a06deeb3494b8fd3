// @testonly Sources as tests write them.

import type { BlobSource } from '@tessera/protocol/blobSource'

export const author = (url: string): BlobSource => ({ url, role: 'author' })
export const peer = (url: string): BlobSource => ({ url, role: 'peer' })
export const mirror = (url: string): BlobSource => ({ url, role: 'mirror' })
