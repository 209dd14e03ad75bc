import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signerOf, signPack } from '#built/face/packs/signature.js';

const MANIFEST = '{"name":"x"}\n';

describe('the signature of a model pack', () => {
  let directory: string;
  let signers: string;
  let key: JWK;
  const place = (name: string) => join(directory, name);
  const refused = (problem: unknown) => ({ code: 'FACE_PACK_SIGNATURE', details: { problem } });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pack-signature-'));
    await writeFile(place('manifest.json'), MANIFEST);
    key = await makeKey('k1');
    signers = await trust(key);
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function makeKey(kid: string): Promise<JWK> {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    return { ...(await exportJWK(privateKey)), kid };
  }

  async function trust(...keys: JWK[]): Promise<string> {
    const file = place('signers.json');
    await writeFile(file, JSON.stringify({ keys: keys.map(({ d: _secret, ...rest }) => rest) }));
    return file;
  }

  it('names the trusted key that made it, of several', async () => {
    const other = await makeKey('k2');
    await trust(key, other);
    await signPack(directory, other);
    expect(await signerOf(directory, signers)).toBe('k2');
  });

  it('holds for this manifest only', async () => {
    await signPack(directory, key);
    await writeFile(place('manifest.json'), MANIFEST.replace('x', 'y'));
    await expect(signerOf(directory, signers)).rejects.toMatchObject(refused(expect.any(String)));
  });

  it('is wanted', async () => {
    await expect(signerOf(directory, signers)).rejects.toMatchObject(refused('not signed'));
  });

  it('must be by a key that is trusted, whatever id it goes by', async () => {
    await signPack(directory, await makeKey('k2'));
    await expect(signerOf(directory, signers)).rejects.toMatchObject(refused('signed by nobody trusted'));
    await signPack(directory, await makeKey('k1'));
    await expect(signerOf(directory, signers)).rejects.toMatchObject(refused(expect.any(String)));
  });

  it('is not taken from a message that the same key signed for another purpose', async () => {
    const jws = await new CompactSign(await readFile(place('manifest.json')))
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k1', typ: 'countersign-receipt+jws' })
      .sign(await importJWK(key, 'EdDSA'));
    const [head, , signature] = jws.split('.');
    await writeFile(place('manifest.jws'), `${head}..${signature}`);
    await expect(signerOf(directory, signers)).rejects.toMatchObject(refused('signed for another purpose'));
  });

  it.each([
    ['no JSON', 'keys'],
    ['no keys', '{"keys":[]}'],
    ['a secret where a set should be', '{"kty":"OKP"}'],
  ])('is refused where the signers are %s', async (_what, text) => {
    await signPack(directory, key);
    await writeFile(signers, text);
    await expect(signerOf(directory, signers)).rejects.toMatchObject(
      refused('the file of signers is no JWK Set'),
    );
  });

  it('is refused, not trusted and not crashed over, whatever the file holds', async () => {
    await signPack(directory, key);
    const good = await readFile(place('manifest.jws'));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 5000 }),
          // All but the last letter, of which four bits mean nothing, and the end of the line.
          fc.record({ at: fc.nat(good.length - 3), by: fc.integer({ min: 1, max: 255 }) }),
        ),
        async (change) => {
          const bytes = change instanceof Uint8Array ? change : Uint8Array.from(good);
          if (!(change instanceof Uint8Array)) bytes[change.at] = (bytes[change.at] ?? 0) ^ change.by;
          await writeFile(place('manifest.jws'), bytes);
          await expect(signerOf(directory, signers)).rejects.toMatchObject({ code: 'FACE_PACK_SIGNATURE' });
        },
      ),
      { numRuns: 150 },
    );
  });
});
