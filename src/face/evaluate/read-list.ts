import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { evaluateFault } from './errors.js';
import type { EvaluationList, PairColumns, Sample } from './list.js';
import { type CsvRow, fileField, genuineField, groupField, parseRow, readCsv } from './read-csv.js';

const pairSchema = z.object({
  probe: fileField,
  reference: fileField,
  genuine: genuineField,
  group: groupField,
});
const fileSchema = z.object({
  file: fileField,
  identity: z.string().min(1, 'names nobody').max(256, 'is too long'),
  group: groupField,
  role: z.enum(['live', 'card', ''], { error: 'is live, card or empty' }).default(''),
});

const PAIR_COLUMNS = Object.keys(pairSchema.shape);
const FILE_COLUMNS = Object.keys(fileSchema.shape);
const MOST_ROWS = 20_000_000;
const MOST_GROUPS = 200;

const fault = (problem: string, line?: number) =>
  evaluateFault('LIST_INVALID', { details: line === undefined ? { problem } : { line, problem } });

/**
 * Reads a list of pairs or of files; its header tells which. Paths are relative to the list.
 *
 * @throws EVALUATE_LIST_INVALID with the line
 */
export async function readList(csv: string): Promise<EvaluationList> {
  const builder = new ListBuilder(dirname(resolve(csv)));
  let add: ((row: CsvRow) => void) | undefined;
  let unusedColumns: string[] = [];
  let rows = 0;
  for await (const row of readCsv(csv, fault)) {
    if (add === undefined) {
      const names = Object.keys(row.fields);
      const arePairs = ['probe', 'reference', 'genuine'].every((name) => names.includes(name));
      if (!arePairs && !['file', 'identity'].every((name) => names.includes(name))) {
        throw fault('the header names neither probe,reference,genuine nor file,identity', 1);
      }
      const known = arePairs ? PAIR_COLUMNS : FILE_COLUMNS;
      unusedColumns = names.filter((name) => !known.includes(name));
      add = arePairs ? (each) => builder.addPair(each) : (each) => builder.addFile(each);
    }
    if (++rows > MOST_ROWS) throw fault(`more than ${MOST_ROWS} rows`, row.line);
    add(row);
  }
  if (rows === 0) throw fault('it has no row');
  return builder.build(unusedColumns);
}

class ListBuilder {
  readonly #folder: string;
  readonly #samples: Sample[] = [];
  readonly #byPath = new Map<string, number>();
  readonly #groups = new Map<string, number>();
  readonly #identities = new Map<string, number>();
  readonly #identityGroup: number[] = [];
  readonly #probe: number[] = [];
  readonly #reference: number[] = [];
  readonly #genuine: number[] = [];
  readonly #pairGroup: number[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  addPair(row: CsvRow): void {
    const { probe, reference, genuine, group } = parseRow(pairSchema, row, fault);
    if (probe === reference) throw fault('a picture is compared with itself', row.line);
    const index = this.#groupOf(group, row.line);
    this.#probe.push(this.#sampleOf(probe, { group: index, identity: -1 }));
    this.#reference.push(this.#sampleOf(reference, { group: index, identity: -1 }));
    this.#genuine.push(genuine ? 1 : 0);
    this.#pairGroup.push(index);
  }

  addFile(row: CsvRow): void {
    const { file, identity, group: groupName, role } = parseRow(fileSchema, row, fault);
    const group = this.#groupOf(groupName, row.line);
    const person = numberOf(this.#identities, identity);
    this.#identityGroup[person] ??= group;
    // Their genuine pairs across the groups would be missed without a word.
    if (this.#identityGroup[person] !== group) throw fault('a person stands in two groups', row.line);
    const before = this.#samples.length;
    this.#sampleOf(file, { group, identity: person, ...(role === '' ? {} : { role }) });
    if (this.#samples.length === before) throw fault('the file stands in the list twice', row.line);
  }

  build(unusedColumns: readonly string[]): EvaluationList {
    const pairs: PairColumns = {
      probe: Int32Array.from(this.#probe),
      reference: Int32Array.from(this.#reference),
      genuine: Uint8Array.from(this.#genuine),
      group: Int32Array.from(this.#pairGroup),
    };
    return {
      groups: [...this.#groups.keys()],
      samples: this.#samples,
      unusedColumns,
      ...(pairs.probe.length > 0 ? { pairs } : {}),
    };
  }

  #groupOf(name: string, line: number): number {
    const group = numberOf(this.#groups, name);
    if (group >= MOST_GROUPS) throw fault(`more than ${MOST_GROUPS} groups`, line);
    return group;
  }

  #sampleOf(file: string, rest: Pick<Sample, 'group' | 'identity' | 'role'>): number {
    const path = resolve(this.#folder, file);
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    this.#byPath.set(path, this.#samples.length);
    this.#samples.push({ file, path, ...rest });
    return this.#samples.length - 1;
  }
}

/** The number of a name: the next one when it is new. */
function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}
