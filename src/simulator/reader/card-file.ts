import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { CARD_KINDS, type CardFields } from '../../domain/card.js';
import { encodeSimulatedWlt, hasWltMagic } from '../photo-codec.js';

const date = z.string().regex(/^\d{4}-\d\d-\d\d$/);

const cardFileSchema = z.strictObject({
  fields: z.strictObject({
    kind: z.enum(CARD_KINDS),
    name: z.string().max(60),
    nameLatin: z.string().max(60).optional(),
    sex: z.enum(['male', 'female', 'unknown', 'not-stated']),
    ethnicGroup: z.string().max(2).optional(),
    nationality: z.string().max(3).optional(),
    birthDate: date,
    address: z.string().max(35).optional(),
    number: z.string().max(18),
    issuer: z.string().max(15).optional(),
    validFrom: date,
    validUntil: z.union([date, z.literal('long-term')]),
    permitNumber: z.string().max(9).optional(),
    issueCount: z.int().min(0).max(99).optional(),
    oldNumberLink: z.string().max(3).optional(),
    cardVersion: z.string().max(2).optional(),
  }),
  /** Base64 of a picture or of 1,024 bytes of WLT; or where the file lies, from here. Without it: an empty photo. */
  photo: z.union([z.base64().max(8_000_000), z.strictObject({ path: z.string().min(1) })]).optional(),
  notGenuine: z.boolean().optional(),
  /** Up to four additional addresses, for the command that few programs send. */
  addresses: z.array(z.string().max(35)).max(4).optional(),
});

/** A card that can be placed on the simulated reader. */
export interface SimulatedCard {
  readonly fields: CardFields;
  /** Exactly 1,024 bytes. */
  readonly photo: Uint8Array;
  readonly notGenuine: boolean;
  readonly addresses: readonly string[];
}

/** Reads a card file (JSON, see docs/hardware.md). */
export async function loadCardFile(file: string): Promise<SimulatedCard> {
  return toCard(JSON.parse(await readFile(file, 'utf8')), dirname(file));
}

/** Checks a card from outside and makes its photo; `directory` is where relative paths begin. */
export async function toCard(value: unknown, directory: string): Promise<SimulatedCard> {
  const { fields, photo, notGenuine = false, addresses = [] } = cardFileSchema.parse(value);
  return { fields: withoutUndefined(fields), photo: await toPhoto(photo, directory), notGenuine, addresses };
}

async function toPhoto(photo: string | { path: string } | undefined, directory: string): Promise<Uint8Array> {
  if (photo === undefined) return emptyPhoto();
  const bytes =
    typeof photo === 'string' ? Buffer.from(photo, 'base64') : await readFile(resolve(directory, photo.path));
  return hasWltMagic(bytes) ? bytes : encodeSimulatedWlt(bytes);
}

/** A photo of the right size that no decoder can open. */
function emptyPhoto(): Uint8Array {
  const bytes = new Uint8Array(1024);
  bytes.set([0x57, 0x4c, 0x66, 0x00, 0x7e, 0x00, 0x32, 0x00]);
  return bytes;
}

function withoutUndefined(fields: z.infer<typeof cardFileSchema>['fields']): CardFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as CardFields;
}
