// The cookies of the console: an upstream neither gets them nor sets them.

/**
 * Whether a cookie of `Cookie` or `Set-Cookie` has a name of the console's, or would be sent back under one: a browser sends
 * a cookie without a name as its value alone. Several `Cookie` fields may arrive joined by a comma.
 */
export const isConsoleCookie = (cookie: string): boolean => CONSOLE_COOKIE.test(cookie)

const CONSOLE_COOKIE = /(?:^|,)[\s=]*(?:__[a-z-]+-)?keyward/i
