import { z } from 'zod';
import { identifier, instant } from './names.js';

const pem = z.string().max(20_000).startsWith('-----BEGIN');

/** Public JWK of the carrier. */
export const carrierKeySchema = z.strictObject({
  kid: z.string().min(1).max(80),
  use: z.enum(['sig', 'enc']),
  kty: z.enum(['OKP', 'EC']),
  crv: z.enum(['Ed25519', 'P-256']),
  x: z.string().max(60),
  y: z.string().max(60).optional(),
  /** Not used before and after; absent means always. */
  notBefore: instant.optional(),
  notAfter: instant.optional(),
  revoked: z.boolean().optional(),
});
export type CarrierKey = z.infer<typeof carrierKeySchema>;

/** What a carrier hands to a terminal: everything in it is verified before anything is written. */
export const siteBundleSchema = z.strictObject({
  version: z.literal(1),
  issuedAt: instant,
  /** Counts up: an older bundle than the one in force is refused. */
  serial: z.int().min(1),
  terminal: identifier,
  site: identifier,
  /** Thumbprint (RFC 7638) of the terminal's signing key that the bundle is made for. */
  terminalKey: z.string().max(60),
  broker: z.strictObject({
    url: z.url({ protocol: /^(mqtts?|wss?)$/ }),
    ca: pem.optional(),
    certificate: pem.optional(),
  }),
  keys: z.array(carrierKeySchema).min(2).max(20),
  policy: z.record(z.string(), z.unknown()).optional(),
  /** Sections of the terminal's configuration that the carrier sets; the terminal's own file goes before them. */
  configuration: z.record(z.string().max(60), z.unknown()).optional(),
});
export type SiteBundle = z.infer<typeof siteBundleSchema>;
