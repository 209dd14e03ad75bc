import type { IncomingHttpHeaders } from 'node:http';

/** On every answer: nothing from elsewhere, no frame around the page, nothing kept by the browser. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
} as const;

/** Names under which this computer calls itself. */
const OWN_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Is this a request of our own page? `Host` must be one of this computer's own names (a name elsewhere that was made
 * to point here is not: DNS rebinding); `Origin` and `Sec-Fetch-Site`, which browsers set and scripts cannot forge,
 * must not tell of another site. A request without them is no browser's.
 */
export function isOwnRequest(headers: IncomingHttpHeaders, port: number): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers;
  const hosts = OWN_NAMES.map((name) => `${name}:${port}`);
  if (port === 80) hosts.push(...OWN_NAMES);
  if (host === undefined || !hosts.includes(host.toLowerCase())) return false;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) return false;
  return site === undefined || site === 'same-origin' || site === 'none';
}
