// The part of cli-progress that progress.ts uses; the package ships no types of its own.

declare module 'cli-progress' {
  export interface BarParameters {
    readonly value: number
    readonly total: number
    readonly progress: number
    readonly startTime: number
    readonly maxWidth: number
  }
  export interface MultiBarOptions {
    readonly stream: { write(text: string): unknown }
    readonly fps: number
    readonly linewrap: boolean
    readonly forceRedraw: boolean
    readonly clearOnComplete: boolean
    readonly format: (options: unknown, parameters: BarParameters, payload: Record<string, unknown>) => string
  }
  export interface SingleBar {
    update(value: number, payload?: Record<string, unknown>): void
    stop(): void
  }
  export class MultiBar {
    constructor(options: MultiBarOptions)
    /** Of the next redraw. Not documented, so checked by progress.test.ts. */
    readonly timer: NodeJS.Timeout | null
    create(total: number, startValue: number, payload?: Record<string, unknown>): SingleBar
    remove(bar: SingleBar): boolean
    log(text: string): void
    update(): void
    stop(): void
  }
}
