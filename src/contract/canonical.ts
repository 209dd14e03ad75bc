/**
 * Is this compact JWS or JWE written in the one way in which it is written? Decoders overlook spare bits and foreign
 * characters of base64url, so that several texts have one meaning; the hash of a report would differ between them.
 */
export function isCanonical(compact: string): boolean {
  return compact.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
