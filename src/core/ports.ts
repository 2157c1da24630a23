// What the code is given instead of using globals, so that tests can control it: time, randomness, background work.

/** Milliseconds since the Unix epoch, UTC. */
export type Clock = () => number

/** `count` bytes of cryptographic randomness. */
export type RandomBytes = (count: number) => Uint8Array

/** Lets work go on after the response has been sent. A failure is logged and never reaches the caller. */
export type Background = (work: Promise<unknown>) => void

/** The result of the work, or a rejection when it takes longer than `timeoutMs`. */
export type Deadline = <T>(work: Promise<T>, timeoutMs: number) => Promise<T>

export type Sleep = (ms: number) => Promise<unknown>
