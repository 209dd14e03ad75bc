import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { type ChosenColumns, chooseColumns, FILE_COLUMNS, PAIR_COLUMNS } from './columns.js';
import type { EvaluationList } from './list.js';
import { ListBuilder, listFault } from './list-builder.js';
import { type CsvRow, fileField, genuineField, groupField, parseRow, readCsv } from './read-csv.js';
import { readFolder } from './read-folder.js';

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
  role: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['live', 'card', ''], { error: 'is live, card or empty' }))
    .default(''),
});

const MOST_ROWS = 20_000_000;
/** Of a header that is none: what shows which line was taken for it, and no more. */
const MOST_SHOWN = 120;

/**
 * Reads a list of pairs or of files, whose header tells which, or a folder of people. Paths are relative to the list.
 *
 * @throws EVALUATE_LIST_INVALID with the line, EVALUATE_DIRECTORY_UNUSABLE
 */
export async function readList(source: string): Promise<EvaluationList> {
  const found = await stat(source).catch(() => undefined);
  return found?.isDirectory() === true ? readFolder(source) : readListFile(source);
}

async function readListFile(csv: string): Promise<EvaluationList> {
  const builder = new ListBuilder(dirname(resolve(csv)));
  let reader: RowReader | undefined;
  let rows = 0;
  for await (const row of readCsv(csv, listFault)) {
    reader ??= readerFor(Object.keys(row.fields), builder);
    if (++rows > MOST_ROWS) throw listFault(`more than ${MOST_ROWS} rows`, row.line);
    reader.add({ line: row.line, fields: renamed(row.fields, reader.columns) });
  }
  if (reader === undefined) throw listFault('it has no row');
  return builder.build(remarksOn(reader.columns));
}

interface RowReader {
  readonly columns: ChosenColumns;
  add(row: CsvRow): void;
}

function readerFor(header: readonly string[], builder: ListBuilder): RowReader {
  const pairs = chooseColumns(header, PAIR_COLUMNS, ['probe', 'reference', 'genuine']);
  if (pairs !== undefined) {
    const add = (row: CsvRow) => builder.addPair(parseRow(pairSchema, row, listFault), row.line);
    return { columns: pairs, add };
  }
  const files = chooseColumns(header, FILE_COLUMNS, ['file', 'identity']);
  if (files === undefined) {
    const names = header.join(',').slice(0, MOST_SHOWN);
    throw listFault(`the header (${names}) names neither probe,reference,genuine nor file,identity`, 1);
  }
  return {
    columns: files,
    add(row) {
      const { role, ...rest } = parseRow(fileSchema, row, listFault);
      builder.addFile({ ...rest, ...(role === '' ? {} : { role }) }, row.line);
    },
  };
}

function renamed(fields: CsvRow['fields'], { known }: ChosenColumns): Record<string, string> {
  const ours: Record<string, string> = {};
  for (const [name, theirs] of known) {
    const value = fields[theirs];
    if (value !== undefined) ours[name] = value;
  }
  return ours;
}

function remarksOn({ known, unused }: ChosenColumns): string[] {
  const taken = [...known].filter(([ours, theirs]) => ours !== theirs);
  return [
    ...(taken.length > 0
      ? [`Columns taken: ${taken.map(([ours, its]) => `${its} as ${ours}`).join(', ')}`]
      : []),
    ...(unused.length > 0 ? [`Columns that mean nothing here: ${unused.join(', ')}`] : []),
  ];
}
