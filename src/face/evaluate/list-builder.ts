import { resolve } from 'node:path';
import { evaluateFault } from './errors.js';
import type { EvaluationList, PairColumns, Sample } from './list.js';

const MOST_GROUPS = 200;

export const listFault = (problem: string, line?: number) =>
  evaluateFault('LIST_INVALID', { details: line === undefined ? { problem } : { line, problem } });

export interface PairRow {
  readonly probe: string;
  readonly reference: string;
  readonly genuine: boolean;
  readonly group: string;
}

export interface FileRow {
  readonly file: string;
  readonly identity: string;
  readonly group: string;
  readonly role?: 'live' | 'card';
}

/** Puts a list together, each picture, person and group once. @throws EVALUATE_LIST_INVALID with the line */
export class ListBuilder {
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
  #repeated = 0;

  /** @param folder what relative paths start at */
  constructor(folder: string) {
    this.#folder = folder;
  }

  addPair({ probe, reference, genuine, group }: PairRow, line?: number): void {
    const index = this.#groupOf(group, line);
    const one = this.#sampleOf(probe, { group: index, identity: -1 });
    const other = this.#sampleOf(reference, { group: index, identity: -1 });
    if (one === other) throw listFault('a picture is compared with itself; leave such rows out', line);
    this.#probe.push(one);
    this.#reference.push(other);
    this.#genuine.push(genuine ? 1 : 0);
    this.#pairGroup.push(index);
  }

  addFile({ file, identity, group: groupName, role }: FileRow, line?: number): void {
    const group = this.#groupOf(groupName, line);
    const person = numberOf(this.#identities, identity);
    this.#identityGroup[person] ??= group;
    // Their genuine pairs across the groups would be missed without a word.
    if (this.#identityGroup[person] !== group) throw listFault('a person stands in two groups', line);
    const before = this.#samples.length;
    const sample = this.#sampleOf(file, { group, identity: person, ...(role === undefined ? {} : { role }) });
    if (this.#samples.length > before) return;
    // Said twice is no harm; said in two ways is.
    const known = this.#samples[sample];
    if (known?.identity !== person || known.role !== role) {
      throw listFault('the file stands in the list twice, as two people or in two roles', line);
    }
    this.#repeated++;
  }

  build(remarks: readonly string[]): EvaluationList {
    const pairs: PairColumns = {
      probe: Int32Array.from(this.#probe),
      reference: Int32Array.from(this.#reference),
      genuine: Uint8Array.from(this.#genuine),
      group: Int32Array.from(this.#pairGroup),
    };
    const repeated = this.#repeated > 0 ? [`Rows that say again what others said: ${this.#repeated}`] : [];
    return {
      groups: [...this.#groups.keys()],
      samples: this.#samples,
      remarks: [...remarks, ...repeated],
      ...(pairs.probe.length > 0 ? { pairs } : {}),
    };
  }

  #groupOf(name: string, line?: number): number {
    const group = numberOf(this.#groups, name);
    if (group >= MOST_GROUPS) throw listFault(`more than ${MOST_GROUPS} groups`, line);
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
