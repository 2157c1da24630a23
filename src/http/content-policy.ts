// The Content-Security-Policy of every answer that sets none of its own: it loads nothing and is framed nowhere.

export const NOTHING_LOADS =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
