import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Built, buildModel, type Network, readManifest } from '../../../scripts/models/build.mjs';
import { decodeModel, ELEMENT, type ValueInfo } from '../../../scripts/models/onnx-schema.mjs';

const run = promisify(execFile);
const ROOT = new URL('../../..', import.meta.url).pathname;
// The smallest two keep the test short.
const SMALL = 'tiny-face-detector';
const OTHER = 'landmarks-68';

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

describe('scripts/build-models', () => {
  let root: string;

  const build = async (...options: string[]): Promise<Ended> => {
    const command = [join(root, 'scripts/build-models'), ...options];
    return run(process.execPath, command).then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error: Ended) => error,
    );
  };
  const built = async () =>
    JSON.parse(await readFile(join(root, 'models/build/manifest.json'), 'utf8')) as Built;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'build-models-'));
    await cp(join(ROOT, 'scripts'), join(root, 'scripts'), { recursive: true });
    await mkdir(join(root, 'models'));
    await cp(join(ROOT, 'models/manifest.json'), join(root, 'models/manifest.json'));
    await cp(join(ROOT, 'package.json'), join(root, 'package.json'));
    await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('builds one network on request, leaves no parts, and keeps others in its list', async () => {
    expect(await build('--only', SMALL)).toMatchObject({ code: 0 });
    expect(await build('--only', OTHER)).toMatchObject({ code: 0 });
    expect(Object.keys((await built()).networks)).toEqual([SMALL, OTHER]);
    const files = await readdir(join(root, 'models/build'));
    expect(files.toSorted((a, b) => a.localeCompare(b))).toEqual([
      `${OTHER}.onnx`,
      'manifest.json',
      `${SMALL}.onnx`,
    ]);
  });

  it('leaves a right file untouched and mends a damaged one', async () => {
    const file = join(root, 'models/build', `${SMALL}.onnx`);
    await build('--only', SMALL);
    const [bytes, before] = [await readFile(file), await stat(file)];
    expect((await build('--only', SMALL)).stderr).toContain('unchanged');
    expect(await stat(file)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
    await writeFile(file, bytes.subarray(0, 1000));
    await build('--only', SMALL);
    expect(await readFile(file)).toEqual(bytes);
  });

  it('ends with 3 and a sentence, without a stack, when the weights are not those we know', async () => {
    const manifest = join(root, 'models/manifest.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace(/"sha256": "5d1a/, '"sha256": "0000'));
    const { code, stderr } = await build('--only', SMALL);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^build-models: tiny-face-detector: .* is not the file we know/);
    expect(stderr).not.toContain('    at ');
    expect(await readdir(join(root, 'models/build'))).toEqual([]);
  });

  it('names the networks when asked for another', async () => {
    const { code, stderr } = await build('--only', 'some-other');
    expect(code).toBe(3);
    expect(stderr).toContain(`There is no network some-other.\n  Known are: ${SMALL}, `);
  });
});

describe('a network of the manifest', async () => {
  const { networks } = await readManifest(ROOT);
  const spell = ({ name, type: { tensorType } }: ValueInfo) => ({
    name,
    elemType: tensorType.elemType,
    shape: tensorType.shape.dim.map(({ dimValue, dimParam }) => dimParam ?? dimValue),
  });
  // A computed side ("h/32") has a word of its own in the file.
  const matches = (found: ValueInfo[], wanted: Network['inputs']) => {
    expect(found.map(spell)).toMatchObject(
      wanted.map(({ name, type, shape }) => ({
        name,
        elemType: ELEMENT[type],
        shape: shape.map((each) => (typeof each === 'number' ? each : (expect.any(String) as string))),
      })),
    );
  };

  it.each(networks)('$id has the inputs and outputs that the manifest says, and a card', async (network) => {
    const { graph } = decodeModel(await buildModel(ROOT, network));
    matches([...graph.input], network.inputs);
    matches([...graph.output], network.outputs);
    const card = await readFile(join(ROOT, network.card), 'utf8');
    for (const { name } of [...network.inputs, ...network.outputs]) expect(card).toContain(`\`${name}\``);
    expect(card).toContain(network.package.name);
    expect(card).toContain(network.licence);
  });
});
