import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelFault } from '../../../scripts/models/fault.mjs';
import { inRange, readSources, sha256 } from '../../../scripts/models/source.mjs';

const WEIGHTS = Buffer.from('weights of nobody');
const network = {
  id: 'some-network',
  package: { name: '@someone/networks', versions: '^1.7.15' },
  sources: [{ file: 'model/some.bin', sha256: sha256(WEIGHTS) }],
};

describe('the source of a network', () => {
  let root: string;
  let directory: string;

  const install = async (version: string, weights?: Buffer) => {
    await mkdir(join(directory, 'model'), { recursive: true });
    await writeFile(join(directory, 'package.json'), JSON.stringify({ version }));
    if (weights) await writeFile(join(directory, 'model/some.bin'), weights);
  };
  const refusal = async () => {
    const error: unknown = await readSources(root, network).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ModelFault);
    return (error as Error).message;
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'models-'));
    directory = join(root, 'node_modules/@someone/networks');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is read from the installed package', async () => {
    await install('1.8.0', WEIGHTS);
    expect(await readSources(root, network)).toEqual([WEIGHTS]);
  });

  it('is found when the package is installed above', async () => {
    await install('1.7.15', WEIGHTS);
    expect(await readSources(join(root, 'inner/project'), network)).toEqual([WEIGHTS]);
  });

  it('is refused when a byte differs; both checksums and the way out are named', async () => {
    const other = Buffer.from(WEIGHTS);
    other[3] = 0;
    await install('1.7.15', other);
    const message = await refusal();
    expect(message).toContain('some-network: model/some.bin of @someone/networks is not the file we know');
    expect(message).toContain(`wanted SHA-256 ${sha256(WEIGHTS)}`);
    expect(message).toContain(`found  SHA-256 ${sha256(other)}`);
    expect(message).toContain('delete node_modules/@someone/networks');
    expect(message).toContain('models/manifest.json');
  });

  it('is refused when the package is not installed', async () => {
    const message = await refusal();
    expect(message).toContain('the package @someone/networks with its weights is not installed');
    expect(message).toContain('npm ci');
  });

  it('is refused when the package has another version', async () => {
    await install('2.0.0', WEIGHTS);
    expect(await refusal()).toContain('installed as 2.0.0, wanted is ^1.7.15');
  });

  it('is refused when the file is missing', async () => {
    await install('1.7.15');
    expect(await refusal()).toContain('has no readable file model/some.bin');
  });
});

it.each([
  ['1.7.15', true],
  ['1.7.16', true],
  ['1.10.0', true],
  ['1.7.14', false],
  ['1.6.99', false],
  ['2.0.0', false],
  ['0.9.0', false],
])('%s is in ^1.7.15: %s', (version, is) => {
  expect(inRange(version, '^1.7.15')).toBe(is);
});
