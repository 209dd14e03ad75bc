import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse } from 'csv-parse';
import { z } from 'zod';
import type { CountersignError } from '../../domain/errors.js';

type Fault = (problem: string, line?: number) => CountersignError;

export interface CsvRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

const MOST_ROW_BYTES = 16 * 1024;

/**
 * Rows of a CSV file (RFC 4180, UTF-8) by the names of its first line, one by one. Semicolons and tabs, as office
 * programs write them, are told by that line.
 *
 * @param fault makes what is thrown when the file is missing or damaged
 */
export async function* readCsv(file: string, fault: Fault): AsyncGenerator<CsvRow> {
  const parser = createReadStream(file)
    .on('error', (error) => parser.destroy(error))
    .pipe(
      parse({
        bom: true,
        delimiter: await delimiterOf(file),
        columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
        info: true,
        skip_empty_lines: true,
        trim: true,
        max_record_size: MOST_ROW_BYTES,
      }),
    );
  try {
    for await (const { info, record } of parser as AsyncIterable<{
      info: { lines: number };
      record: Record<string, string>;
    }>) {
      yield { line: info.lines, fields: record };
    }
  } catch (error) {
    const { code, lines } = error as { code?: string; lines?: number };
    if (code === undefined) throw error;
    throw fault(wordsOf(code), lines);
  }
}

/** Whatever parts the words of the first line most often; a file that cannot be read is reported by whoever reads it. */
async function delimiterOf(file: string): Promise<string> {
  const start = Buffer.alloc(4096);
  const handle = await open(file).catch(() => undefined);
  await handle?.read(start, 0, start.length, 0).catch(() => undefined);
  await handle?.close();
  const [header = ''] = start.toString('utf8').split(/[\r\n]/, 1);
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const counted = [',', ';', '\t'].map((mark) => ({ mark, times: bare.split(mark).length }));
  return counted.reduce((most, each) => (each.times > most.times ? each : most)).mark;
}

/** @throws what `fault` makes, with the line */
export function parseRow<Row>(schema: z.ZodType<Row>, { line, fields }: CsvRow, fault: Fault): Row {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw fault(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`, line);
}

const GENUINE = ['1', '1.0', 'true', 'yes', 'same', 'genuine', 'mated'] as const;
const IMPOSTOR = [
  '0',
  '0.0',
  '-1',
  'false',
  'no',
  'different',
  'impostor',
  'imposter',
  'non-mated',
  'nonmated',
] as const;

/** 0, 1, false, true, or a word for it: whether both pictures show the same person. */
export const genuineField = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum([...GENUINE, ...IMPOSTOR], { error: 'is 0, 1, false or true' }))
  .transform((text) => GENUINE.some((word) => word === text));

export const fileField = z.string().min(1, 'names no file').max(1024, 'is too long');

/** An empty or absent group is `all`. */
export const groupField = z
  .string()
  .max(64, 'is longer than 64 characters')
  .default('')
  .transform((name) => (name === '' ? 'all' : name));

function wordsOf(code: string): string {
  if (code.startsWith('CSV_')) return code.slice(4).toLowerCase().replaceAll('_', ' ');
  return code === 'ENOENT' ? 'there is no such file' : code;
}
