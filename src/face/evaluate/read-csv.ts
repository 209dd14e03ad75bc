import { createReadStream } from 'node:fs';
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
 * Rows of a CSV file (RFC 4180, UTF-8) by the names of its first line, one by one.
 *
 * @param fault makes what is thrown when the file is missing or damaged
 */
export async function* readCsv(file: string, fault: Fault): AsyncGenerator<CsvRow> {
  const parser = createReadStream(file)
    .on('error', (error) => parser.destroy(error))
    .pipe(
      parse({
        bom: true,
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

/** @throws what `fault` makes, with the line */
export function parseRow<Row>(schema: z.ZodType<Row>, { line, fields }: CsvRow, fault: Fault): Row {
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw fault(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`, line);
}

/** 0, 1, false, true: whether both pictures show the same person. */
export const genuineField = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(['0', '1', 'false', 'true'], { error: 'is 0, 1, false or true' }))
  .transform((text) => text === '1' || text === 'true');

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
