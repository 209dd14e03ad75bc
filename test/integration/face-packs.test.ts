import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryOnPeople } from '#built/cli/models-people.js';
import { readActive } from '#built/face/packs/active.js';
import { signPack } from '#built/face/packs/signature.js';
import {
  activatePack,
  addPack,
  findPack,
  listPacks,
  readManifest,
  removePack,
} from '#built/face/packs/store.js';
import type { FaceComparer } from '#built/face/port.js';
import { cardPhotoOf, film, openTestFace, watch } from './face-video.js';

const SHARED = fileURLToPath(new URL('../../../shared/packs/', import.meta.url));

/** Two real packs lie beside the repository where it is developed; elsewhere there are none and nothing is shown. */
describe.runIf(existsSync(SHARED))('model packs (from ../shared/packs)', () => {
  let packs: string;
  let face: FaceComparer | undefined;
  beforeEach(async () => {
    packs = await mkdtemp(join(tmpdir(), 'face-packs-'));
  });
  afterEach(async () => {
    await face?.close();
    face = undefined;
    await rm(packs, { recursive: true, force: true });
  });
  const shared = (name: string) => join(SHARED, name);

  async function compareOnce(comparer: FaceComparer, person: string, card: string) {
    const session = await comparer.begin({ targetFmr: 0.001, liveness: 'passive', challenges: [] });
    await session.reference(await cardPhotoOf(card), 'card');
    await watch(session, film({ control: { person }, seconds: 1.2 }));
    const comparison = await session.compare();
    const live = await session.liveness();
    await session.end();
    return { comparison, live };
  }

  it('are added, listed, put in force and removed', async () => {
    await addPack(packs, shared('mobilefacenet'));
    await addPack(packs, shared('minifasnet'));
    const listed = await listPacks(packs);
    expect(listed.map(({ manifest, active, calibrated }) => [manifest.name, active, calibrated])).toEqual(
      expect.arrayContaining([
        ['minifasnet', false, false],
        ['mobilefacenet', false, true],
      ]),
    );
    await activatePack(packs, 'embedding', 'mobilefacenet');
    expect((await findPack(packs, 'mobilefacenet')).active).toBe(true);
    await removePack(packs, 'mobilefacenet');
    expect(await readActive(packs)).toEqual({});
    expect(await readdir(packs)).toEqual(expect.not.arrayContaining(['mobilefacenet']));
  });

  it('follow at the next person, without a restart, with the threshold of their strictest group', {
    timeout: 90_000,
  }, async () => {
    await addPack(packs, shared('mobilefacenet'));
    await addPack(packs, shared('minifasnet'));
    face = await openTestFace({ packsDirectory: packs });
    expect((await compareOnce(face, 'lin', 'lin')).comparison?.model).toBe('dlib-resnet@1');

    await activatePack(packs, 'embedding', 'mobilefacenet');
    await activatePack(packs, 'presentation-attack-detection', 'minifasnet');
    const { comparison, live } = await compareOnce(face, 'lin', 'lin');
    expect(comparison).toMatchObject({ model: 'mobilefacenet@b7120c09', threshold: 0.409 });
    expect(comparison?.score).toBeGreaterThan(0.6);
    expect(live).toMatchObject({ live: true, passive: { model: 'minifasnet@e89e777d', threshold: 0.5 } });
    expect(face.model).toBe('mobilefacenet@b7120c09');

    await activatePack(packs, 'embedding', undefined);
    expect((await compareOnce(face, 'lin', 'wei')).comparison).toMatchObject({ model: 'dlib-resnet@1' });
  });

  it('change nothing when they are damaged: the model before stays and the check says why', async () => {
    face = await openTestFace({ packsDirectory: packs });
    expect(await face.check()).toMatchObject({ ok: true });
    await addPack(packs, shared('mobilefacenet'));
    const file = join(packs, 'mobilefacenet', 'embedding.onnx');
    const bytes = await readFile(file);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(file, bytes);
    await activatePack(packs, 'embedding', 'mobilefacenet');
    expect((await compareOnce(face, 'lin', 'lin')).comparison?.model).toBe('dlib-resnet@1');
    expect(await face.check()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('FACE_MODEL_CHECKSUM'),
    });
  });

  it('are refused unsigned where the terminal wants a signature, and followed once they are signed', {
    timeout: 60_000,
  }, async () => {
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const key = { ...(await exportJWK(privateKey)), kid: 'publisher' };
    const { d: _secret, ...publicKey } = key;
    const packSigners = join(packs, 'signers.json');
    await writeFile(packSigners, JSON.stringify({ keys: [publicKey] }));
    await addPack(packs, shared('mobilefacenet'));
    await activatePack(packs, 'embedding', 'mobilefacenet');
    face = await openTestFace({ packsDirectory: packs, packSigners });
    expect(await face.check()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('FACE_PACK_SIGNATURE'),
    });
    await expect(face.tryPack?.(join(packs, 'mobilefacenet'))).rejects.toMatchObject({
      code: 'FACE_PACK_SIGNATURE',
    });
    await signPack(join(packs, 'mobilefacenet'), key);
    expect((await compareOnce(face, 'lin', 'lin')).comparison?.model).toBe('mobilefacenet@b7120c09');
    expect(await face.check()).toMatchObject({ ok: true });
  });

  it('are tried on synthetic people, and refused when they mix them up', { timeout: 60_000 }, async () => {
    const trial = async (directory: string) =>
      tryOnPeople(directory, await readManifest(directory), { engine: 'onnx' });
    const { lowestOwn, highestOther } = (await trial(shared('mobilefacenet'))) ?? never();
    expect(lowestOwn).toBeGreaterThan(highestOther + 0.2);
    const other = join(packs, 'mobilefacenet');
    await cp(shared('mobilefacenet'), other, { recursive: true });
    const file = join(other, 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as AlignedManifest;
    const { alignment } = manifest.input;
    alignment.reference = alignment.reference.map(([x, y]) => [x / 4, y / 4]);
    await writeFile(file, JSON.stringify(manifest));
    await expect(trial(other)).rejects.toMatchObject({
      code: 'FACE_PACK_INVALID',
      details: { problem: 'it mixes synthetic people up' },
    });
  });

  it('are tried before they are used, and refused with the reason', async () => {
    face = await openTestFace();
    expect(await face.tryPack?.(shared('mobilefacenet'))).toMatchObject({ model: 'mobilefacenet@b7120c09' });
    const other = join(packs, 'other');
    await cp(shared('minifasnet'), other, { recursive: true });
    const manifest = JSON.parse(await readFile(join(other, 'manifest.json'), 'utf8')) as Record<
      string,
      object
    >;
    const wrong = { ...manifest, input: { ...manifest['input'], shape: ['n', 3, 64, 64] } };
    await writeFile(join(other, 'manifest.json'), JSON.stringify(wrong));
    await expect(face.tryPack?.(other)).rejects.toMatchObject({ code: 'FACE_PACK_INVALID' });
  });
});

interface AlignedManifest {
  readonly input: { readonly alignment: { reference: [number, number][] } };
}

function never(): never {
  throw new Error('no trial');
}

describe('a directory that is no pack', () => {
  it.each([
    ['is empty', undefined],
    ['holds no JSON', '{'],
    ['names no task', '{"name":"x"}'],
    [
      'points out of itself',
      JSON.stringify({ task: 'embedding', name: 'x', files: [{ path: '../../etc/passwd' }] }),
    ],
  ])('is refused when it %s', async (_name, text) => {
    const directory = await mkdtemp(join(tmpdir(), 'face-pack-'));
    if (text !== undefined) await writeFile(join(directory, 'manifest.json'), text);
    await expect(addPack(join(directory, 'packs'), directory)).rejects.toMatchObject({
      code: 'FACE_PACK_INVALID',
    });
    await rm(directory, { recursive: true });
  });
});
