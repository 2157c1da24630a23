// A page that only goes on to itself.
import { raw } from 'hono/html'

/** Asks for the same page once more, this time from here. */
export const ArrivalPage = ({ to }: { to: string }) => (
  <>
    {raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content={`0;url=${to}`} />
        <title>Keyward</title>
      </head>
      <body>
        <a href={to}>Go on to Keyward</a>
      </body>
    </html>
  </>
)
