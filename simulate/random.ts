// Chance that repeats: everything random is drawn from a seed.
import type { Spread } from './inputs.ts'

/** At least 0 and below 1. */
export type Random = () => number

/** mulberry32: small, fast, and good enough for delays; never for anything secret. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A seed of its own for one part of one world, so that a design cannot disturb the traffic of another. */
export const seedFor = (seed: number, ...parts: number[]): number =>
  parts.reduce((mixed, part) => Math.imul(mixed ^ (part + 0x9e3779b9), 0x85ebca6b) ^ (mixed >>> 13), seed + 1) >>> 0

export const uniform = (random: Random, from: number, to: number): number => from + random() * (to - from)

/** The wait until the next of events that come independently of each other. */
export const exponential = (random: Random, mean: number): number => -Math.log(1 - random()) * mean

/** One value of the standard normal distribution (Box and Muller). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** One delay of the spread, in milliseconds. */
export const spreadMs = (random: Random, { medianMs, p99Ms }: Spread): number =>
  medianMs * Math.exp((normal(random) * Math.log(p99Ms / medianMs)) / P99_SIGMAS)

/** A value between two bounds whose tail falls with shape 1: half as likely to last twice as long. */
export const pareto = (random: Random, shortest: number, longest: number): number =>
  Math.min(longest, shortest / (1 - random()))

/** How many standard deviations the 99th percentile of a normal distribution lies above its middle. */
const P99_SIGMAS = 2.326
