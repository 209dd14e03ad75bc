import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = new URL('..', import.meta.url).pathname;

interface Cruise {
  summary: { violations: { from: string; to: string; rule: { name: string } }[]; totalCruised: number };
  modules: { source: string }[];
}

async function cruise(directory: string): Promise<Cruise> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  // It exits with the number of violations; the JSON is complete either way.
  const { stdout } = await run(process.execPath, [program, ...options], {
    cwd: directory,
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Cruise;
}

/** TypeScript files of the house, as `src/…`. */
async function sources(): Promise<string[]> {
  const names = await readdir(join(ROOT, 'src'), { recursive: true });
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')).map((name) => `src/${name}`);
}

/** rule → a file and the import in it that the rule must refuse. */
const PLANTED: readonly [rule: string, file: string, imports: string][] = [
  ['domain-imports-nothing', 'src/domain/planted.ts', '../contract/limits.js'],
  ['contract-imports-domain-only', 'src/contract/planted.ts', '../card/port.js'],
  ['ground-card', 'src/card/planted.ts', '../camera/port.js'],
  ['ground-camera', 'src/camera/planted.ts', '../card/port.js'],
  ['ground-face', 'src/face/planted.ts', '../visit/port.js'],
  ['ground-lights', 'src/lights/planted.ts', '../outbox/port.js'],
  ['ground-outbox', 'src/outbox/planted.ts', '../identity/port.js'],
  ['ground-identity', 'src/identity/planted.ts', '../outbox/port.js'],
  ['ground-config', 'src/config/planted.ts', '../clock/port.js'],
  ['ground-clock', 'src/clock/planted.ts', '../config/load.js'],
  ['first-floor-visit', 'src/visit/planted.ts', '../screen/create-screen.js'],
  ['first-floor-screen', 'src/screen/planted.ts', '../visit/port.js'],
  ['first-floor-uplink', 'src/uplink/planted.ts', '../outbox/open-outbox.js'],
  ['first-floor-health', 'src/health/planted.ts', '../uplink/port.js'],
  ['drivers-through-the-table', 'src/cli/planted-driver-use.ts', '../card/sam-v-driver.js'],
  ['terminal-from-cli', 'src/health/planted-terminal.ts', '../terminal.js'],
  ['simulator-across-the-street', 'src/simulator/planted.ts', '../visit/port.js'],
  ['simulator-from-demo-and-simulate', 'src/cli/planted-simulator-use.ts', '../simulator/people/cast.js'],
  ['carrier-another-house', 'src/carrier/planted.ts', '../outbox/port.js'],
  ['carrier-from-cli-and-simulator-world', 'src/uplink/planted-carrier.ts', '../carrier/carrier.js'],
  ['no-dev-packages', 'src/cli/planted-dev.ts', 'fast-check'],
];

describe('the house', () => {
  let copy: string;
  let planted: Cruise;

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'house-'));
    for (const each of [
      'src',
      '.dependency-cruiser.cjs',
      'tsconfig.json',
      'tsconfig.build.json',
      'package.json',
    ]) {
      await cp(join(ROOT, each), join(copy, each), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const [, file, imports] of PLANTED) await writeFile(join(copy, file), `import '${imports}';\n`);
    await writeFile(join(copy, 'src/cli/planted-cycle-a.ts'), "import './planted-cycle-b.js';\n");
    await writeFile(join(copy, 'src/cli/planted-cycle-b.ts'), "import './planted-cycle-a.js';\n");
    await writeFile(join(copy, 'src/cli/planted-orphan.ts'), 'export const alone = 1;\n');
    planted = await cruise(copy);
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('has no forbidden arrow, and every file of src was looked at', async () => {
    const { summary, modules } = await cruise(ROOT);
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
    const seen = modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));
    const there = await sources();
    expect(there.length).toBeGreaterThan(60);
    expect(there.filter((file) => !seen.includes(file))).toEqual([]);
  });

  it.each([...PLANTED, ['no-cycle', 'src/cli/planted-cycle-a.ts', './planted-cycle-b.js'] as const])(
    'refuses a planted violation of %s',
    (rule, file) => {
      const found = planted.summary.violations.filter((each) => each.rule.name === rule);
      expect(found.map(({ from }) => from)).toContain(file);
    },
  );

  it('refuses a file that nobody uses', () => {
    const found = planted.summary.violations.filter((each) => each.rule.name === 'no-orphan');
    expect(found.map(({ from }) => from)).toContain('src/cli/planted-orphan.ts');
  });

  it('keeps files small and free of drawers and barrels', async () => {
    const files = await sources();
    const long: string[] = [];
    for (const file of files) {
      const lines = (await readFile(join(ROOT, file), 'utf8')).split('\n').length;
      if (lines > 400) long.push(`${file}: ${lines} lines`);
    }
    expect(long).toEqual([]);
    expect(files.filter((file) => /\/(index|utils?|helpers?|types|common)\.ts$/.test(file))).toEqual([]);
  });

  it('explains every fault code in docs/troubleshooting.md, and none that is gone', async () => {
    await run(process.execPath, [join(ROOT, 'scripts/write-troubleshooting.mjs'), '--check']);
    const explained = await readFile(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
    expect(explained.match(/^\| `[A-Z]+_/gm)?.length).toBeGreaterThan(50);
  });

  it('explains every dependency in docs/dependencies.md', async () => {
    const text = await readFile(join(ROOT, 'docs/dependencies.md'), 'utf8');
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      await readFile(join(ROOT, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>;
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
