import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';
import { evaluateFault } from './errors.js';
import type { EvaluationList } from './list.js';
import { ListBuilder, listFault } from './list-builder.js';

const PICTURES: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp', '.bmp']);

/**
 * Reads a folder as data sets are handed out: one folder a person, `PERSON/picture.jpg`, or groups of such folders,
 * `GROUP/PERSON/picture.jpg`. In deeper trees the outermost folder is the group and the innermost the person.
 *
 * @throws EVALUATE_LIST_INVALID, EVALUATE_DIRECTORY_UNUSABLE
 */
export async function readFolder(folder: string): Promise<EvaluationList> {
  const root = resolve(folder);
  const builder = new ListBuilder(root);
  let besides = 0;
  let taken = 0;
  for (const file of await filesOf(root)) {
    const folders = file.split(sep).slice(0, -1);
    if (folders.length === 0 || !PICTURES.has(extname(file).toLowerCase())) {
      besides++;
      continue;
    }
    const group = folders.length > 1 ? (folders[0] ?? 'all') : 'all';
    // Two groups may both have a person 0001.
    builder.addFile({ file, identity: folders.join('/'), group });
    taken++;
  }
  if (taken === 0) {
    throw listFault('no folder of it holds a picture (PERSON/picture.jpg or GROUP/PERSON/picture.jpg)');
  }
  return builder.build(besides > 0 ? [`Files that are no picture in a person's folder: ${besides}`] : []);
}

/** Relative paths, sorted, so that the same folder is the same list on every machine. */
async function filesOf(root: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(root, { recursive: true, withFileTypes: true });
  } catch (cause) {
    const problem = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw evaluateFault('DIRECTORY_UNUSABLE', { cause, details: { directory: root, problem } });
  }
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
