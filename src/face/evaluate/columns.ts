/** A column that a list can have: its name in our words first, then names that data sets give it. */
type Names = Readonly<Record<string, readonly string[]>>;

const GROUP = ['group', 'group_label', 'ethnicity', 'race', 'demographic', 'cohort', 'subset'];

export const PAIR_COLUMNS = {
  probe: [
    'probe',
    'image1',
    'image_1',
    'image_a',
    'img1',
    'img_1',
    'file1',
    'file_1',
    'file_a',
    'path1',
    'path_1',
    'left',
    'live',
  ],
  reference: [
    'reference',
    'image2',
    'image_2',
    'image_b',
    'img2',
    'img_2',
    'file2',
    'file_2',
    'file_b',
    'path2',
    'path_2',
    'right',
    'card',
  ],
  genuine: ['genuine', 'same', 'is_same', 'issame', 'same_person', 'mated', 'match', 'label', 'target'],
  group: GROUP,
} as const satisfies Names;

export const FILE_COLUMNS = {
  file: [
    'file',
    'path',
    'filename',
    'file_name',
    'file_path',
    'filepath',
    'image',
    'image_path',
    'img',
    'photo',
    'picture',
  ],
  identity: [
    'identity',
    'identity_id',
    'person',
    'person_id',
    'subject',
    'subject_id',
    'label',
    'class',
    'name',
  ],
  group: GROUP,
  role: ['role'],
} as const satisfies Names;

export interface ChosenColumns {
  /** Our name of each column that is there, and the name in the file. */
  readonly known: ReadonlyMap<string, string>;
  readonly unused: readonly string[];
}

/** Finds the columns in a header; undefined where one of `needed` is not there. */
export function chooseColumns(
  header: readonly string[],
  columns: Names,
  needed: readonly string[],
): ChosenColumns | undefined {
  const plain = new Map(header.map((name) => [name.replaceAll(/[\s-]+/g, '_'), name]));
  const known = new Map<string, string>();
  for (const [ours, names] of Object.entries(columns)) {
    const found = names.find((name) => plain.has(name));
    if (found !== undefined) known.set(ours, plain.get(found) as string);
  }
  if (needed.some((name) => !known.has(name))) return undefined;
  const used = new Set(known.values());
  return { known, unused: header.filter((name) => !used.has(name)) };
}
