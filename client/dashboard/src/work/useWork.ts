// The worker of a component: opened with its first job, ended when the component goes.

import { useEffect, useState } from 'react'
import { useNetwork } from '../network/NetworkContext.tsx'
import { WorkClient } from './client.ts'
import { openWorker } from './openWorker.ts'

export function useWork(): WorkClient {
  const network = useNetwork()
  const [client] = useState(() => new WorkClient(network, openWorker))
  useEffect(() => () => client.close(), [client])
  return client
}
