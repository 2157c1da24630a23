// What the code is handed instead of reaching for it, so that tests can stand in for it: time, randomness, waiting.

/** Milliseconds since the Unix epoch, UTC. */
export type Clock = () => number

/** `count` bytes of cryptographic randomness. */
export type RandomBytes = (count: number) => Uint8Array

/** Work that goes on after the answer has been sent; a failure is logged, never thrown at the caller. */
export type Background = (work: Promise<unknown>) => void

/** The outcome of the work, or a rejection when it takes longer than `timeoutMs`. */
export type Deadline = <T>(work: Promise<T>, timeoutMs: number) => Promise<T>

export type Sleep = (ms: number) => Promise<unknown>
