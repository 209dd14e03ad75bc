import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EvaluateOptions, evaluateFaces } from '#built/face/evaluate/evaluate.js';
import { reportPage } from '#built/face/evaluate/report/report-page.js';
import { CAST } from '#built/simulator/people/cast.js';
import { Studio } from '#built/simulator/people/render-person.js';

const MODELS = new URL('../../models', import.meta.url).pathname;
const LONG = 300_000;

const engine = (wrong = ''): URL => new URL(`./failing-engine.mjs${wrong}`, import.meta.url);

let folder: string;
let outs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluate-failing-'));
  const studio = new Studio(3);
  for (const person of CAST.slice(0, 2)) {
    for (const yaw of [-6, 6]) {
      const { width, height, rgb } = await studio.take(person, { yaw });
      const picture = sharp(rgb, { raw: { width, height, channels: 3 } });
      await picture.jpeg().toFile(join(folder, `${person.id}${yaw}.jpg`));
    }
  }
  for (const [name, background] of Object.entries({
    red: '#f00',
    green: '#0f0',
    blue: '#00f',
    grey: '#777',
  })) {
    await sharp({ create: { width: 640, height: 480, channels: 3, background } })
      .png()
      .toFile(join(folder, `${name}.png`));
  }
}, LONG);
afterAll(() => rm(folder, { recursive: true, force: true }));

const [one = '', two = ''] = CAST.map(({ id }) => id);
const FACES = [`${one}-6.jpg,${one}`, `${one}6.jpg,${one}`, `${two}-6.jpg,${two}`, `${two}6.jpg,${two}`];

/** Evaluates a list of pictures and people; of each run of a test in the folder `name`, as a person would go on. */
async function evaluate(name: string, rows: readonly string[], changes: Partial<EvaluateOptions> = {}) {
  const out = join(folder, name);
  await mkdir(out, { recursive: true });
  const list = join(folder, `${name}.csv`);
  await writeFile(list, `file,identity\n${rows.join('\n')}\n`);
  let pictures = -1;
  const { report } = await evaluateFaces({
    list,
    out,
    dataset: 'failing',
    card: 'none',
    cardBytes: 1700,
    several: 'refuse',
    mostPairs: 1000,
    seed: 1,
    engines: [engine()],
    modelsDirectory: MODELS,
    jobs: 1,
    missing: 'refuse',
    fresh: false,
    software: 'test',
    peers: [],
    signal: new AbortController().signal,
    onNote: () => {},
    ...changes,
    onProgress: (progress) => {
      pictures = progress.pictures;
      changes.onProgress?.(progress);
    },
  });
  return { report, pictures };
}

const noted = async (name: string): Promise<string> =>
  (await readFile(join(folder, name, 'progress/facts.jsonl'), 'utf8')).trim();

describe('a picture at which the program fails', () => {
  it.each([1, 2])(
    'is one failure with its reason, whether an exception or the end of a thread; %i threads compare the rest',
    async (jobs) => {
      const [f1 = '', f2 = '', f3 = '', f4 = ''] = FACES;
      const rows = [f1, f2, 'red.png,x', f3, 'green.png,x', f4, 'blue.png,y', 'grey.png,y'];
      const { report } = await evaluate(`some-${jobs}`, rows, { jobs });
      const common = { group: 'all', role: 'photograph' };
      expect(report.failures).toEqual([
        { ...common, file: 'red.png', reason: 'program-failed', detail: 'out of cheese' },
        { ...common, file: 'green.png', reason: 'program-failed', detail: 'a thread ended' },
        { ...common, file: 'blue.png', reason: 'program-failed', detail: 'out of cheese' },
        { ...common, file: 'grey.png', reason: 'no-face' },
      ]);
      expect(report.acquisition).toMatchObject([{ attempted: 8, failed: 4 }]);
      expect(report.groups[0]?.genuine).toEqual({ planned: 4, compared: 2 });
      expect(reportPage(report)).toContain('the program failed at it (out of cheese)');
      const again = await evaluate(`some-${jobs}`, rows, { jobs });
      expect(again.pictures).toBe(0);
      expect(again.report.failures).toEqual(report.failures);
    },
    LONG,
  );

  it(
    'is one failure where its card photo was wanted as well, and the last ones of a list are too',
    async () => {
      const rows = [...FACES, 'red.png,x', 'green.png,x'];
      const { report } = await evaluate('cards', rows, { card: 'reference' });
      expect(report.failures.map(({ file, role, reason }) => [file, role, reason])).toEqual([
        ['red.png', 'photograph', 'program-failed'],
        ['green.png', 'photograph', 'program-failed'],
      ]);
      expect(report.acquisition).toMatchObject([
        { role: 'photograph', attempted: 6, failed: 2 },
        { role: 'simulated card photo', attempted: 4, failed: 0, noSource: 2 },
      ]);
    },
    LONG,
  );

  it(
    'is not alone: several in a row are believed of an engine that has run',
    async () => {
      const reds = ['a', 'b', 'c', 'd'].map((name) => `red-${name}.png`);
      for (const name of reds) await copyFile(join(folder, 'red.png'), join(folder, name));
      const rows = [FACES[0] ?? '', ...reds.map((name) => `${name},x`), ...FACES.slice(1)];
      const { report } = await evaluate('reds', rows);
      expect(report.failures.map(({ file }) => file)).toEqual(reds);
    },
    LONG,
  );

  it(
    'does not keep a run from being stopped',
    async () => {
      const stop = new AbortController();
      const rows = [FACES[0] ?? '', 'green.png,x', 'blue.png,x', ...FACES.slice(1)];
      const onProgress: EvaluateOptions['onProgress'] = ({ picturesDone }) => {
        if (picturesDone === 1) stop.abort();
      };
      await expect(evaluate('stopped', rows, { signal: stop.signal, onProgress })).rejects.toThrow(
        expect.objectContaining({ name: 'AbortError' }),
      );
      const { report } = await evaluate('stopped', rows);
      expect(report.failures.map(({ file }) => file)).toEqual(['green.png', 'blue.png']);
    },
    LONG,
  );
});

describe('what befalls every picture ends the run, and no picture is blamed for it', () => {
  const cases: [string, Partial<EvaluateOptions>, string][] = [
    ['the engine cannot be opened', { engines: [engine('?open=throw')] }, 'out of cheese'],
    ['the thread ends while it opens', { engines: [engine('?open=exit')] }, 'a thread ended'],
    ['no network can be loaded', { engines: [engine('?load=throw')] }, 'out of cheese'],
    ['the thorough detector cannot be loaded', { engines: [engine('?ssd=throw')] }, 'out of cheese'],
    ['every run throws', { engines: [engine('?run=throw')] }, 'out of cheese'],
    ['every run ends the thread', { engines: [engine('?run=exit')] }, 'a thread ended'],
    ['every run ends one of two threads', { engines: [engine('?run=exit')], jobs: 2 }, 'a thread ended'],
  ];
  it.each(cases)(
    '%s',
    async (_what, changes, problem) => {
      const name = `every-${outs++}`;
      const rows = ['grey.png,x', ...FACES];
      await expect(evaluate(name, rows, changes)).rejects.toMatchObject({
        code: 'FACE_ENGINE_FAILED',
        details: { problem: expect.stringContaining(problem) },
      });
      expect(await noted(name)).toBe('');
      const { report } = await evaluate(name, rows);
      expect(report.failures.map(({ file, reason }) => [file, reason])).toEqual([['grey.png', 'no-face']]);
    },
    LONG,
  );

  it(
    'the thorough detector is not there',
    async () => {
      const some = join(folder, 'models');
      await mkdir(join(some, 'build'), { recursive: true });
      for (const file of [
        'tiny-face-detector.onnx',
        'landmarks-68.onnx',
        'face-recognition.onnx',
        'manifest.json',
      ])
        await copyFile(join(MODELS, 'build', file), join(some, 'build', file));
      await copyFile(join(MODELS, 'manifest.json'), join(some, 'manifest.json'));
      const run = evaluate('no-ssd', [...FACES, 'grey.png,x'], { modelsDirectory: some });
      await expect(run).rejects.toMatchObject({
        code: 'FACE_ENGINE_FAILED',
        details: { file: 'grey.png', problem: expect.stringContaining('FACE_MODEL_MISSING') },
      });
    },
    LONG,
  );
});
