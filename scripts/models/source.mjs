// Reads the weight files of a network from the npm package that ships them and refuses any other bytes.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelFault } from './fault.mjs';

const INSTALL = "Run 'npm ci' in the project's directory, then 'node scripts/build-models' again.";

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * The files of one network, in the manifest's order.
 * @param {string} root directory whose node_modules (or a parent's) is searched
 * @param {{id: string, package: {name: string, versions: string}, sources: {file: string, sha256: string}[]}} network
 * @returns {Promise<Buffer[]>}
 * @throws {ModelFault} package missing or of another version, file missing, checksum wrong
 */
export async function readSources(root, network) {
  const directory = await findPackage(root, network);
  return Promise.all(network.sources.map((source) => readSource(directory, network, source)));
}

async function findPackage(root, { id, package: wanted }) {
  for (let at = root; ; at = dirname(at)) {
    const directory = join(at, 'node_modules', wanted.name);
    const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) {
      const { version } = JSON.parse(text);
      if (inRange(version, wanted.versions)) return directory;
      throw new ModelFault(
        `${id}: ${wanted.name} is installed as ${version}, wanted is ${wanted.versions}.`,
        INSTALL,
      );
    }
    if (dirname(at) === at) break;
  }
  throw new ModelFault(`${id}: the package ${wanted.name} with its weights is not installed.`, INSTALL);
}

async function readSource(directory, { id, package: { name } }, source) {
  const bytes = await readFile(join(directory, source.file)).catch((cause) => {
    throw new ModelFault(`${id}: ${name} has no readable file ${source.file}.`, INSTALL, { cause });
  });
  const found = sha256(bytes);
  if (found === source.sha256) return bytes;
  throw new ModelFault(
    `${id}: ${source.file} of ${name} is not the file we know.\n  wanted SHA-256 ${source.sha256}\n  found  SHA-256 ${found}`,
    `If the package was damaged or changed on this machine: delete node_modules/${name}. ${INSTALL} ` +
      'If it was updated on purpose: measure the network anew, then change models/manifest.json.',
  );
}

/** `^major.minor.patch` only: same major number, not older. */
export function inRange(version, range) {
  const wanted = range.replace(/^\^/, '').split('.').map(Number);
  const found = version.split('-')[0].split('.').map(Number);
  if (found[0] !== wanted[0]) return false;
  if (found[1] !== wanted[1]) return found[1] > wanted[1];
  return found[2] >= wanted[2];
}
