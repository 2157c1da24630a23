// The Content-Security-Policy of responses that set none of their own: they load nothing and cannot be framed.

export const NOTHING_LOADS =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
