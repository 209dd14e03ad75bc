/** A column that a list can have: its name in our words first, then names that data sets give it. */
type Names = Readonly<Record<string, readonly string[]>>;

const GROUP = ['group', 'ethnicity', 'race', 'demographic', 'subset'];

export const PAIR_COLUMNS = {
  probe: ['probe', 'image1', 'image_1', 'img1', 'file1', 'file_1', 'path1', 'path_1', 'left'],
  reference: ['reference', 'image2', 'image_2', 'img2', 'file2', 'file_2', 'path2', 'path_2', 'right'],
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
    'image',
    'image_path',
    'img',
    'photo',
    'picture',
  ],
  identity: ['identity', 'identity_id', 'person', 'person_id', 'subject', 'subject_id', 'label', 'class'],
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
