import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '#built/domain/image.js';
import { renderCardPhoto } from '#built/simulator/people/card-photo.js';
import { findPerson } from '#built/simulator/people/cast.js';
import { renderPerson } from '#built/simulator/people/render-person.js';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function compare(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'face', 'compare', ...words], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const fileOf = ({ width, height, rgb }: RgbImage) => sharp(rgb, { raw: { width, height, channels: 3 } });

describe('countersign face compare', () => {
  let directory: string;
  const at = (name: string) => join(directory, name);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'face-'));
    const lin = await renderPerson(findPerson('lin'), { yaw: 4 });
    const wei = await renderPerson(findPerson('wei'));
    await fileOf(lin).jpeg().toFile(at('lin.jpg'));
    await fileOf(wei).png().toFile(at('wei.png'));
    await fileOf(await renderCardPhoto(findPerson('lin')))
      .jpeg({ quality: 50 })
      .toFile(at('card.jpg'));
    const two = { width: 1280, height: 480, channels: 3, background: '#aaa' } as const;
    const both = [at('lin.jpg'), at('wei.png')].map((input, i) => ({ input, left: i * 640, top: 0 }));
    await sharp({ create: two }).composite(both).jpeg().toFile(at('two.jpg'));
    await sharp({ create: { ...two, width: 640 } })
      .jpeg()
      .toFile(at('empty.jpg'));
    await writeFile(at('text.jpg'), 'no picture');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('says that a person and their card photo match, with all that design promises', async () => {
    const { code, stdout } = await compare(at('lin.jpg'), at('card.jpg'), '--card', '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    const side = { box: expect.any(Object), landmarks: expect.any(Array), quality: expect.any(Object) };
    expect(result).toEqual({
      score: expect.any(Number),
      threshold: 0.62,
      targetFmr: 0.001,
      match: true,
      model: 'dlib-resnet@1',
      probe: side,
      reference: side,
    });
  });

  it('finds the small card photo without being told that it is one', async () => {
    expect((await compare(at('lin.jpg'), at('card.jpg'))).code).toBe(0);
  });

  it('says that two people do not match', async () => {
    const { code, stdout } = await compare(at('lin.jpg'), at('wei.png'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^no match\nscore/);
  });

  it.each([
    ['empty.jpg', 1, 'FACE_NO_FACE'],
    ['two.jpg', 1, 'FACE_SEVERAL_FACES'],
    ['text.jpg', 3, 'FACE_IMAGE_UNUSABLE'],
    ['missing.jpg', 3, 'FACE_IMAGE_UNUSABLE'],
  ])('ends for %s with %i and %s, as JSON where JSON is asked for', async (file, code, wanted) => {
    const ended = await compare(at('lin.jpg'), at(file), '--json');
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: wanted, advice: expect.any(String) } });
    expect(ended.stderr).toContain(wanted);
  });

  it.each([[['one.jpg']], [['a.jpg', 'b.jpg', '--target-fmr', 'often']], [['a.jpg', 'b.jpg', '--colour']]])(
    'ends for wrong usage (%j) with 2',
    async (words) => {
      expect((await compare(...words)).code).toBe(2);
    },
  );

  it('makes up no threshold that was never measured', async () => {
    const { code, stderr } = await compare(at('lin.jpg'), at('card.jpg'), '--target-fmr', '0.00001');
    expect(code).toBe(3);
    expect(stderr).toContain('FACE_MODEL_UNCALIBRATED');
  });
});
