import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationReport } from '#built/face/evaluate/report/report.js';
import { calibrationSchema } from '#built/face/packs/calibration-schema.js';
import { openBrowser, SHOTS } from '../e2e/browser.js';
import { type Picture, photographCast, writeFileList } from './face-evaluate-people.js';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;
const PACK = new URL('../../../shared/packs/mobilefacenet', import.meta.url).pathname;
const TIMES = 3;
const LONG = 300_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param stopAt the file or folder at whose appearance SIGINT is sent */
function evaluate(words: readonly string[], stopAt?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, 'face', 'evaluate', ...words, '--config', '/dev/null']);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const watch = setInterval(() => {
      if (stopAt === undefined || !existsSync(stopAt)) return;
      clearInterval(watch);
      child.kill('SIGINT');
    }, 5);
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ code, stdout, stderr });
    });
  });
}

let folder: string;
let pictures: Picture[];
let list: string;
let out: string;
let first: Ended;
let report: EvaluationReport;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evaluate-'));
  pictures = await photographCast(folder, TIMES);
  list = join(folder, 'people.csv');
  out = join(folder, 'report');
  await writeFileList(list, pictures);
  first = await evaluate([
    list,
    '--card',
    'reference',
    '--out',
    out,
    '--calibrate',
    '--json',
    '--dataset',
    'the cast',
  ]);
  report = JSON.parse(first.stdout) as EvaluationReport;
}, LONG);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Pictures that a run looked at, by its last line of progress. */
const lookedAt = ({ stderr }: Ended): number => Number(/(\d+) of \d+ pictures[^\n]*\n$/.exec(stderr)?.[1]);

describe('face evaluate on invented people', () => {
  it('ends with 0; every picture and every simulated card photo is acquired', () => {
    expect(first.code, first.stderr).toBe(0);
    expect(report.failures).toEqual([]);
    expect(report.acquisition.map(({ role, attempted, failed }) => [role, attempted, failed])).toEqual(
      ['female', 'male'].flatMap(() => [
        ['photograph', 7 * TIMES, 0],
        ['simulated card photo', 7 * TIMES, 0],
      ]),
    );
  });

  it('compares all pairs within each group, no picture against itself, and tells people apart', () => {
    const genuine = 7 * TIMES * (TIMES - 1);
    const impostor = 7 * TIMES * 6 * TIMES;
    const [all, ...groups] = report.groups;
    expect(all?.group).toBe('all groups');
    expect(groups.map(({ group }) => group).sort()).toEqual(['female', 'male']);
    for (const each of groups) {
      expect(each.genuine).toEqual({ planned: genuine, compared: genuine });
      expect(each.impostor).toEqual({ planned: impostor, compared: impostor });
      expect(each.worstGenuine[0]?.score).toBeGreaterThan(each.worstImpostor[0]?.score ?? 1);
    }
    expect(all?.eer?.rate).toBe(0);
    expect(all?.rates.map(({ targetFmr, fnmr }) => [targetFmr, fnmr])).toEqual([
      [0.1, 0],
      [0.01, 0],
    ]);
    expect(all?.unsupported).toEqual([0.001, 0.0001, 0.00001]);
  });

  it('writes a calibration that a pack can carry', async () => {
    const text = await readFile(join(out, 'calibration.json'), 'utf8');
    const { protocol, groups } = calibrationSchema.parse(JSON.parse(text));
    expect(protocol).toContain('the cast');
    expect(protocol).toContain('1700 bytes');
    expect(groups.map(({ group }) => group)).toEqual(report.groups.slice(1).map(({ group }) => group));
  });

  it('keeps scores and facts and no embedding', async () => {
    expect((await readdir(out)).sort()).toEqual([
      'calibration.json',
      'progress',
      'report.html',
      'report.json',
    ]);
    expect((await readdir(join(out, 'progress'))).sort()).toEqual(['facts.jsonl', 'plan.json', 'scores.f32']);
    const { genuine, impostor } = report.groups[0] ?? {};
    const { size } = await stat(join(out, 'progress/scores.f32'));
    expect(size).toBe(4 * ((genuine?.planned ?? 0) + (impostor?.planned ?? 0)));
    const facts = (await readFile(join(out, 'progress/facts.jsonl'), 'utf8')).trim().split('\n');
    expect(facts.length).toBe(2 * pictures.length);
    // A template of 128 numbers would not fit.
    for (const line of facts) expect(line.length).toBeLessThan(400);
  });

  it(
    'goes on where it was cut off: only the group that lacks scores is looked at again, to the same result',
    async () => {
      const scores = join(out, 'progress/scores.f32');
      const { size } = await stat(scores);
      await truncate(scores, size - 10);
      const again = await evaluate([
        list,
        '--card',
        'reference',
        '--out',
        out,
        '--json',
        '--dataset',
        'the cast',
      ]);
      expect(lookedAt(again)).toBe(pictures.length / 2);
      const { at: _again, ...rest } = JSON.parse(again.stdout) as EvaluationReport;
      const { at: _first, ...before } = report;
      expect(rest).toEqual(before);
      const third = await evaluate([list, '--card', 'reference', '--out', out, '--dataset', 'the cast']);
      expect(lookedAt(third)).toBe(0);
    },
    LONG,
  );

  it(
    'the page shows itself without an error and fetches nothing',
    async () => {
      const browser = await openBrowser();
      try {
        const page = await browser.newPage({ viewport: { width: 1100, height: 1400 } });
        const said: string[] = [];
        const asked: string[] = [];
        page.on('console', (message) => said.push(message.text()));
        page.on('pageerror', (error) => said.push(error.message));
        page.on('request', (request) => asked.push(request.url()));
        await page.goto(`file://${out}/report.html`);
        await mkdir(SHOTS, { recursive: true });
        await page.screenshot({ path: join(SHOTS, 'face-evaluate.png'), fullPage: true });
        expect(said).toEqual([]);
        expect(asked).toEqual([`file://${out}/report.html`]);
        expect(await page.locator('h2').allTextContents()).toContain('Error rates');
        expect(await page.locator('svg.histogram').count()).toBe(3);
      } finally {
        await browser.close();
      }
    },
    LONG,
  );
});

describe('face evaluate on what lists may hold', () => {
  it(
    'scores of another system stand beside ours, on common pairs; failures have names and reasons',
    async () => {
      const here = join(folder, 'odd');
      await mkdir(here);
      const some = pictures.filter(({ person }) => person === 'lin' || person === 'wei');
      for (const { file } of some) await copyFile(join(folder, file), join(here, file));
      await writeFile(join(here, 'text & <b>.jpg'), 'no picture');
      const rows = some.flatMap((a, i) =>
        some.slice(i + 1).map((b) => [a.file, b.file, a.person === b.person ? '1' : '0']),
      );
      const csv = (head: string, lines: readonly string[][]) =>
        `${head}\n${lines.map((row) => row.join(',')).join('\n')}\n`;
      await writeFile(
        join(here, 'pairs.csv'),
        csv('probe,reference,genuine', [...rows, ['text & <b>.jpg', some[0]?.file ?? '', '1']]),
      );
      // Theirs is right but for one genuine pair, and lacks another one.
      const theirs = rows
        .slice(1)
        .map(([a = '', b = '', same = ''], i) => [a, b, same, i === 0 ? '-1' : same]);
      await writeFile(join(here, 'theirs.csv'), csv('probe,reference,genuine,score', theirs));
      const ended = await evaluate([
        join(here, 'pairs.csv'),
        '--scores',
        `other=${join(here, 'theirs.csv')}`,
        '--out',
        join(here, 'out'),
        '--json',
      ]);
      expect(ended.code, ended.stderr).toBe(0);
      const { failures, groups, peers } = JSON.parse(ended.stdout) as EvaluationReport;
      expect(failures).toEqual([
        {
          file: 'text & <b>.jpg',
          group: 'all',
          role: 'photograph',
          reason: 'image-unusable',
          detail: 'format',
        },
      ]);
      expect(groups[0]?.genuine).toEqual({ planned: 7, compared: 6 });
      expect(groups[0]?.rates.at(0)?.fnmrWithFailures).toBeUndefined();
      expect(peers).toMatchObject([
        {
          name: 'other',
          groups: [{ group: 'all', genuine: 5, impostor: 9, missing: 1, ours: { eer: { rate: 0 } } }],
        },
      ]);
      expect(peers[0]?.groups[0]?.theirs.eer?.rate).toBeGreaterThan(0);
      const page = await readFile(join(here, 'out/report.html'), 'utf8');
      expect(page).toContain('text &amp; &lt;b&gt;.jpg');
      expect(page).not.toContain('<b>.jpg');
    },
    LONG,
  );

  it(
    'a stop by hand ends with 130; what was there remains',
    async () => {
      const target = join(folder, 'stopped');
      const stopped = await evaluate([list, '--out', target], join(target, 'progress/scores.f32'));
      expect(stopped.code, stopped.stderr).toBe(130);
      expect(await readdir(target)).toEqual(['progress']);
    },
    LONG,
  );

  it.each([
    [
      'a picture that is not there',
      'probe,reference,genuine\nnone.jpg,lin-0.jpg,1\n',
      [],
      3,
      'EVALUATE_FILE_MISSING',
    ],
    [
      'a picture that is not there, where such ones are counted',
      'file,identity\nnone.jpg,lin\nlin-0.jpg,lin\n',
      ['--missing', 'count'],
      1,
      'not there and count as failures: 1',
    ],
    ['a damaged list', 'probe,reference,genuine\nlin-0.jpg\n', [], 3, 'line=2'],
    ['pairs of one kind only', 'probe,reference,genuine\nlin-0.jpg,lin-1.jpg,1\n', [], 1, 'pictures'],
    ['an unknown side', 'file,identity\nlin-0.jpg,lin\n', ['--card', 'left'], 2, 'card'],
    ['no thread', 'file,identity\nlin-0.jpg,lin\n', ['--jobs', '0'], 2, 'jobs'],
    [
      'a pack that is none',
      'file,identity\nlin-0.jpg,lin\n',
      ['--model', '/nonexistent'],
      3,
      'FACE_PACK_INVALID',
    ],
    [
      'scores that are none',
      'probe,reference,genuine\nlin-0.jpg,wei-0.jpg,0\n',
      ['--scores', '/nonexistent'],
      3,
      'EVALUATE_SCORES_INVALID',
    ],
  ])(
    '%s ends with the exit code for it',
    async (what, text, words, code, says) => {
      const file = join(folder, `${what.replaceAll(' ', '-')}.csv`);
      await writeFile(file, text);
      const ended = await evaluate([file, ...words]);
      expect(ended.stderr).toContain(says);
      expect(ended.code).toBe(code);
    },
    LONG,
  );

  it(
    'a model pack is measured like the built-in model',
    async (context) => {
      const there = await stat(PACK).catch(() => undefined);
      if (there === undefined) return context.skip('the packs are not here');
      const ended = await evaluate([
        list,
        '--card',
        'reference',
        '--out',
        join(folder, 'pack'),
        '--model',
        PACK,
        '--json',
      ]);
      expect(ended.code, ended.stderr).toBe(0);
      const { model, groups, inForce } = JSON.parse(ended.stdout) as EvaluationReport;
      expect(model).toMatchObject({ name: 'mobilefacenet@b7120c09', compare: 'cosine' });
      expect(groups[0]?.eer?.rate).toBeLessThan(0.1);
      expect(inForce.map(({ targetFmr }) => targetFmr)).toContain(0.01);
    },
    LONG,
  );
});
