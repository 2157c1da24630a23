// @ts-check
// Moments in the viewer's time zone, and receipts that count down to the moment from which a change holds.
import { announce } from './page.js'

/** @param {HTMLElement} time */
export function localiseTime(time) {
  const at = new Date(time.getAttribute('datetime') ?? '')
  if (time.dataset['time'] === 'exact') {
    time.textContent = TO_THE_SECOND.format(at)
    return
  }
  const toTheMinute = TO_THE_MINUTE.format(at)
  time.title = `${time.title} · ${toTheMinute}`
  const distanceMs = at.getTime() - Date.now()
  time.textContent = Math.abs(distanceMs) > 6.5 * DAY_MS ? removeTimeOfDay(toTheMinute) : describeDistance(distanceMs)
}

const TO_THE_SECOND = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const TO_THE_MINUTE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** @param {string} dateAndTime */
const removeTimeOfDay = (dateAndTime) => dateAndTime.split(', ').slice(0, -1).join(', ') || dateAndTime

/** As `2 hours ago` or `tomorrow`. @param {number} distanceMs */
function describeDistance(distanceMs) {
  const unit = UNITS.find(({ ms }) => Math.abs(distanceMs) >= ms)
  return unit === undefined ? 'just now' : RELATIVE.format(Math.trunc(distanceMs / unit.ms), unit.name)
}

const DAY_MS = 86_400_000
/** @type {{ name: Intl.RelativeTimeFormatUnit, ms: number }[]} */
const UNITS = [
  { name: 'day', ms: DAY_MS },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
]
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** @param {HTMLElement} receipt */
export function countDown(receipt) {
  const text = receipt.querySelector('[data-countdown-text]')
  const remainingMs = Number(receipt.dataset['countdown'])
  if (text === null || !(remainingMs > 0)) return
  const end = performance.now() + remainingMs
  const done = receipt.dataset['done'] ?? ''
  const timer = setInterval(() => {
    const leftMs = end - performance.now()
    if (leftMs > 0) {
      text.textContent = `${done.replace(/\.$/, '')} in at most ${Math.ceil(leftMs / 1000)} s.`
      return
    }
    clearInterval(timer)
    text.textContent = done
    receipt.classList.add('is-over')
    announce(done)
  }, 250)
}
