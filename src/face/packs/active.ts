import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActivePacks } from './active-schema.js';

export const ACTIVE = 'active.json';

/** Which packs are in force; nothing where none ever was. A file that cannot be read puts nothing in force. */
export async function readActive(packsDirectory: string): Promise<ActivePacks> {
  try {
    const text = await readFile(join(packsDirectory, ACTIVE), 'utf8');
    // Loading the schemas takes as long as loading the networks: only where there is something to check.
    const { activeSchema } = await import('./active-schema.js');
    return activeSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
