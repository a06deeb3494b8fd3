// What a node's blobs take, as numbers over time: part of the table of each program.

export const blobMetrics = {
  blobBytes: {
    type: 'gauge',
    what: 'blob',
    unit: 'bytes',
    labels: ['kind'],
    help: 'Blobs on disk: kept for good, of rounds that are protected, of old rounds, cached',
  },
  blobQuota: { type: 'gauge', what: 'blob_quota', unit: 'bytes', help: 'What blobs may take on disk' },
  blobNeed: { type: 'gauge', what: 'blob_need', unit: 'bytes', help: 'What the run may need of it at a time' },
} as const
