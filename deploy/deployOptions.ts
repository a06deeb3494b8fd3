// The options of `node deploy/main.ts`.

import { defineOptions } from '@tessera/agent/options'

export const deployOptions = defineOptions({
  network: {
    flag: 'network',
    env: 'TESSERA_NETWORK',
    type: 'string',
    required: true,
    description: 'Name of the network: the parameters are those of deploy/params/NETWORK.json',
  },
  rpc: {
    flag: 'rpc',
    env: 'TESSERA_RPC',
    type: 'url',
    default: 'http://127.0.0.1:8545',
    description: 'JSON-RPC endpoint of the chain, over HTTP',
  },
  folder: {
    flag: 'folder',
    env: 'TESSERA_DEPLOY_FOLDER',
    type: 'path',
    description:
      'Folder for the deployment file and the journal that an interrupted deployment goes on from; deploy/deployments/NETWORK if not given',
  },
  keystore: {
    flag: 'keystore',
    env: 'TESSERA_KEYSTORE',
    type: 'path',
    required: true,
    description: 'Encrypted key file of the deployer, which pays the gas',
  },
  keystorePassword: {
    flag: 'keystore-password',
    env: 'TESSERA_KEYSTORE_PASSWORD',
    type: 'string',
    secret: true,
    description: 'Password of the key file; better in the environment or a file than on a command line',
  },
  keystorePasswordFile: {
    flag: 'keystore-password-file',
    env: 'TESSERA_KEYSTORE_PASSWORD_FILE',
    type: 'path',
    description: 'File with the password of the key file in its first line',
  },
})
