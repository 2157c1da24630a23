// Bytes as text. Request.text() and URLSearchParams write U+FFFD for bytes that are not UTF-8, which makes different texts
// equal: two customers would become one.

/** The text of bytes in UTF-8, a byte order mark included; null for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes)
  } catch {
    return null
  }
}

/** A name or a value of a query or a form (application/x-www-form-urlencoded); null for what is not percent-encoded UTF-8. */
export function decodeUrlencoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
