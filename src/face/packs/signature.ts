import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FlattenedSign, flattenedVerify, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { isCountersignError } from '../../domain/errors.js';
import { faceFault } from '../errors.js';

/** Signature of a pack: a JWS with detached payload (RFC 7515, appendix F) over the bytes of its `manifest.json`. */
export const SIGNATURE = 'manifest.jws';
const TYP = 'countersign-pack+jws';
export const MOST_SIGNATURE_BYTES = 4096;
const MOST_SIGNERS_BYTES = 64 * 1024;

const signersSchema = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string().min(43).max(43),
        kid: z.string().min(1).max(100),
      }),
    )
    .min(1)
    .max(32),
});

/**
 * Which of the trusted keys signed a pack.
 *
 * @param signersFile a JWK Set of Ed25519 keys with `kid`
 * @returns the `kid`
 * @throws FACE_PACK_SIGNATURE where it is not signed, or by nobody trusted, or the manifest was changed since
 */
export async function signerOf(directory: string, signersFile: string): Promise<string> {
  try {
    const { keys } = signersSchema.parse(JSON.parse(await readSmall(signersFile, MOST_SIGNERS_BYTES)));
    const compact = (await readSmall(join(directory, SIGNATURE), MOST_SIGNATURE_BYTES)).trim();
    const [head = '', payload, signature = '', ...rest] = compact.split('.');
    if (payload !== '' || rest.length > 0) throw new Error('no detached signature');
    const manifest = await readFile(join(directory, 'manifest.json'));
    const { protectedHeader } = await flattenedVerify(
      { protected: head, payload: Buffer.from(manifest).toString('base64url'), signature },
      ({ kid }) => importJWK(trusted(keys, kid), 'EdDSA'),
      { algorithms: ['EdDSA', 'Ed25519'] },
    );
    if (protectedHeader?.typ !== TYP) throw new Error('signed for another purpose');
    return String(protectedHeader.kid);
  } catch (cause) {
    if (isCountersignError(cause)) throw cause;
    throw faceFault('PACK_SIGNATURE', { cause, details: { directory, problem: problemOf(cause) } });
  }
}

/** Signs the manifest of a pack, and with it every file that it names; writes `manifest.jws`. @returns the `kid` */
export async function signPack(directory: string, key: JWK): Promise<string> {
  const { kid } = key;
  if (kid === undefined) throw faceFault('PACK_SIGNATURE', { details: { problem: 'the key has no kid' } });
  const { protected: head, signature } = await new FlattenedSign(
    await readFile(join(directory, 'manifest.json')),
  )
    .setProtectedHeader({ alg: 'EdDSA', kid, typ: TYP })
    .sign(await importJWK(key, 'EdDSA'));
  await writeFile(join(directory, SIGNATURE), `${head}..${signature}\n`);
  return kid;
}

function trusted(keys: readonly JWK[], kid: string | undefined): JWK {
  const key = keys.find((each) => each.kid === kid);
  if (key === undefined) throw new Error('signed by nobody trusted');
  return key;
}

async function readSmall(file: string, mostBytes: number): Promise<string> {
  const { size } = await stat(file);
  if (size > mostBytes) throw new Error('too large');
  return readFile(file, 'utf8');
}

function problemOf(cause: unknown): string {
  if (cause instanceof z.ZodError || cause instanceof SyntaxError) return 'the file of signers is no JWK Set';
  const { code, path = '' } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return path.endsWith(SIGNATURE) ? 'not signed' : `${path} is not there`;
  return cause instanceof Error ? cause.message : 'unknown';
}
