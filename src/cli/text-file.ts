import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { cliFault } from './errors.js';

/** Text of a file of at most so many bytes. @throws CLI_FILE_UNREADABLE */
export async function readTextFile(file: string, mostBytes: number): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > mostBytes) throw new Error(`more than ${mostBytes} bytes`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw cliFault('FILE_UNREADABLE', { cause: error, details: { file, problem: problemOf(error) } });
  }
}

/** JSON of a file, as the schema wants it. @throws CLI_FILE_UNREADABLE */
export async function readJsonFile<Value>(
  file: string,
  mostBytes: number,
  schema: z.ZodType<Value>,
): Promise<Value> {
  const text = await readTextFile(file, mostBytes);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error).slice(0, 300) : 'not JSON';
    throw cliFault('FILE_UNREADABLE', { cause: error, details: { file, problem } });
  }
}

/** Whole or not at all, also when a memory stick is pulled. @throws CLI_FILE_UNWRITABLE */
export async function writeTextFile(file: string, text: string, mode = 0o644): Promise<void> {
  const beside = `${file}.${randomUUID().slice(0, 8)}`;
  try {
    const handle = await open(beside, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw cliFault('FILE_UNWRITABLE', { cause: error, details: { file, problem: problemOf(error) } });
  }
}

function problemOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : 'unknown');
}
