/**
 * What a compact JWS says, whoever signed it: to be checked against what is known, or once its signature is.
 *
 * @throws SyntaxError where it is no JSON
 */
export function claimsOf(jws: string): unknown {
  return JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
}
