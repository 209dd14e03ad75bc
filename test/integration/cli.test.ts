import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function countersign(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...words], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Help of every command and of every command below it, as the help itself lists them. */
async function everyHelp(path: string[] = []): Promise<{ command: string; help: string }[]> {
  const { stdout: help } = await countersign(...path, '--help');
  const listed = /^Commands:\n([\s\S]*?)(?:\n\n|$(?![\s\S]))/m.exec(help)?.[1];
  if (listed === undefined) return [{ command: path.join(' '), help }];
  const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name);
  const below = names.filter((name) => name !== 'help').map((name) => everyHelp([...path, name]));
  return (await Promise.all(below)).flat();
}

describe('the command line', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cli-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('has help with an example for every command', async () => {
    const found = await everyHelp();
    expect(found.map(({ command }) => command)).toEqual(
      expect.arrayContaining([
        'run',
        'demo',
        'doctor',
        'card read',
        'face compare',
        'outbox verify',
        'simulate camera',
      ]),
    );
    expect(found.filter(({ help }) => !/^Examples?\b/m.test(help)).map(({ command }) => command)).toEqual([]);
  }, 120_000);

  it.each([
    ['an unknown command', ['verifyy']],
    ['an unknown option', ['doctor', '--fast']],
    ['an unknown check', ['doctor', '--only', 'weather', '--config', '/dev/null']],
    ['a configuration that is not there', ['run', '--config', '/nonexistent/countersign.yaml']],
    ['a misspelt key', ['doctor', '--config', '/dev/null', '--set', 'reader.pth=/dev/ttyUSB0']],
    ['a port out of range', ['demo', '--port', '70000']],
  ])('ends with 2 and says why for %s', async (_what, words) => {
    const { code, stdout, stderr } = await countersign(...words);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.length).toBeGreaterThan(20);
  });

  it('names the nearest key for a misspelt one', async () => {
    const { stderr } = await countersign(
      'doctor',
      '--config',
      '/dev/null',
      '--set',
      'reader.pth=/dev/ttyUSB0',
    );
    expect(stderr).toContain('didYouMean=path');
    expect(stderr).toContain('CONFIG_UNKNOWN_KEY');
  });

  it('doctor prints JSON alone on stdout, says what to do about each failure, and ends with 1', async () => {
    const config = join(directory, 'config.yaml');
    await writeFile(config, `stateDirectory: ${directory}\nreader: { path: /dev/none }\n`);
    const { code, stdout } = await countersign(
      'doctor',
      '--json',
      '--config',
      config,
      '--only',
      'reader,disk,identity',
    );
    expect(code).toBe(1);
    const { ok, checks } = JSON.parse(stdout) as {
      ok: boolean;
      checks: { name: string; ok: boolean; advice?: string }[];
    };
    expect(ok).toBe(false);
    expect(checks.map(({ name }) => name)).toEqual(['reader', 'disk', 'identity']);
    for (const each of checks) if (!each.ok) expect(each.advice).toMatch(/\w/);
  });

  it('a terminal that is not provisioned says so and what to do', async () => {
    const { code, stderr } = await countersign(
      'run',
      '--config',
      '/dev/null',
      '--set',
      `stateDirectory=${directory}`,
    );
    expect(code).toBe(3);
    expect(stderr).toContain('IDENTITY_NOT_PROVISIONED');
    expect(stderr).toContain('countersign provision');
  });
});
