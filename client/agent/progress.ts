// Progress of something long: a bar on a terminal, a log line now and then otherwise, behind one interface. Bars never mix with
// log lines, because both pass through the Terminal. Not a measure: rates here are for the eye, metrics.ts is for graphs.

import { MultiBar, type SingleBar } from 'cli-progress'
import { type Clock, systemClock } from './clock.ts'
import type { Logger } from './logger.ts'
import { printable } from './printable.ts'
import { amountText, barText, spanText } from './progressText.ts'
import type { Terminal } from './terminal.ts'

/** One running thing. */
export interface Bar {
  /** `done` of the total so far; may be called as often as convenient. */
  update(done: number, detail?: string): void
  /** Takes the bar away and leaves one line behind. Further calls do nothing. */
  finish(detail?: string): void
}

export interface Task {
  readonly label: string
  /** How much there is to do; 0 when unknown. */
  readonly total: number
  /** `bytes` are shown as KiB and MiB; anything else as a plain count. */
  readonly unit?: string
}

export interface Progress {
  start(task: Task): Bar
  /** Takes all bars away, for a shutdown: the terminal is left clean. */
  close(): void
}

export interface ProgressOptions {
  readonly terminal: Terminal
  /** Where the lines go, and where a finished bar is noted. */
  readonly logger: Logger
  readonly clock?: Clock
  /** Least time between two log lines of one task. */
  readonly everyMs?: number
}

// A bar is redrawn at most this often: faster only flickers.
const REDRAW_MS = 100
const LINE_EVERY_MS = 10_000

/** Bars when the terminal is one, lines when it is not. */
export function createProgress(options: ProgressOptions): Progress {
  return options.terminal.isTTY ? new Bars(options) : new Lines(options)
}

class Lines implements Progress {
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #everyMs: number

  constructor({ logger, clock = systemClock, everyMs = LINE_EVERY_MS }: ProgressOptions) {
    this.#logger = logger
    this.#clock = clock
    this.#everyMs = everyMs
  }

  start(task: Task): Bar {
    const startedAt = this.#clock.now()
    let lineAt = startedAt
    let done = 0
    let finished = false
    return {
      update: (value, detail) => {
        done = value
        if (finished || this.#clock.now() - lineAt < this.#everyMs) return
        lineAt = this.#clock.now()
        this.#logger.info(task.label, amounts(task, done, detail))
      },
      finish: (detail) => {
        if (finished) return
        finished = true
        noteFinish(this.#logger, task, { done, elapsedMs: this.#clock.now() - startedAt, detail })
      },
    }
  }

  close(): void {}
}

class Bars implements Progress {
  readonly #terminal: Terminal
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #active = new Set<SingleBar>()
  #bars: MultiBar | undefined
  #drawnAt = 0

  constructor({ terminal, logger, clock = systemClock }: ProgressOptions) {
    this.#terminal = terminal
    this.#logger = logger
    this.#clock = clock
  }

  start(task: Task): Bar {
    const startedAt = this.#clock.now()
    const payload: Record<string, unknown> = { task, startedAt, detail: '' }
    const bars = this.#open()
    const bar = bars.create(task.total, 0, payload)
    this.#active.add(bar)
    this.#draw(bars)
    let done = 0
    return {
      update: (value, detail) => {
        done = value
        if (!this.#active.has(bar)) return
        bar.update(value, detail === undefined ? {} : { detail: printable(detail, 60) })
        if (this.#clock.now() - this.#drawnAt >= REDRAW_MS) this.#draw(bars)
      },
      finish: (detail) => {
        if (!this.#active.delete(bar)) return
        if (this.#active.size === 0) this.close()
        else bars.remove(bar)
        noteFinish(this.#logger, task, { done, elapsedMs: this.#clock.now() - startedAt, detail })
      },
    }
  }

  close(): void {
    this.#active.clear()
    this.#bars?.stop()
    this.#bars = undefined
    this.#terminal.setOverlay(undefined)
  }

  #open(): MultiBar {
    if (this.#bars !== undefined) return this.#bars
    const bars = new MultiBar({
      stream: this.#terminal.stream,
      // Drawn by update() below, on the injected clock; the library's own timer is kept out of the way (once in 11 days).
      fps: 1e-6,
      // The library trims to the width instead of switching the terminal's wrapping off, which a crash would leave off.
      linewrap: true,
      // Otherwise a bar whose text has not changed is not drawn again below a new log line.
      forceRedraw: true,
      clearOnComplete: true,
      format: (_options, parameters, payload) => barText(parameters, payload, this.#clock.now()),
    })
    this.#bars = bars
    this.#terminal.setOverlay({
      writeAbove: (line) => {
        bars.log(`${line}\n`)
        this.#draw(bars)
      },
    })
    return bars
  }

  #draw(bars: MultiBar): void {
    this.#drawnAt = this.#clock.now()
    bars.update()
    // Set anew by each update; a bar that nobody finished must not keep the process alive.
    bars.timer?.unref()
  }
}

function amounts(task: Task, done: number, detail: string | undefined) {
  const percent = task.total > 0 ? Math.min(100, Math.floor((100 * done) / task.total)) : undefined
  return { done: amountText(done, task.unit), total: task.total || undefined, percent, detail }
}

function noteFinish(
  logger: Logger,
  task: Task,
  end: { readonly done: number; readonly elapsedMs: number; readonly detail: string | undefined },
): void {
  logger.info(`${task.label}: done`, {
    done: amountText(end.done, task.unit),
    took: spanText(end.elapsedMs),
    detail: end.detail,
  })
}
