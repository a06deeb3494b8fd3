// Results on disk, one file a setting, so that a comparison that was stopped goes on where it was.

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { type Setting, settingId } from './setting.ts'
import type { RunResult } from './simulate.ts'

export class Cache {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async get(setting: Setting): Promise<RunResult | undefined> {
    try {
      const text = await readFile(this.#path(setting), 'utf8')
      return (JSON.parse(text) as { result: RunResult }).result
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }

  async put(setting: Setting, result: RunResult): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    const text = `${JSON.stringify({ setting, result }, null, 1)}\n`
    await writeFileAtomic(this.#path(setting), new TextEncoder().encode(text))
  }

  #path(setting: Setting): string {
    return join(this.#folder, `${settingId(setting)}.json`)
  }
}
