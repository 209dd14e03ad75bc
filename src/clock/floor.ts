import { open, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A terminal has no battery clock: after a power cut it wakes in the past. The modification time of one empty file
 * is the latest moment that is known to have been (systemd-timesyncd keeps time in the same way), and the file
 * system's own journal makes that durable without a write of ours per visit.
 */
const FLOOR_FILE = 'clock-floor';

/** Latest moment that an earlier run recorded, ISO 8601; undefined on a new terminal. */
export async function readFloor(stateDirectory: string): Promise<string | undefined> {
  try {
    return (await stat(join(stateDirectory, FLOOR_FILE))).mtime.toISOString();
  } catch {
    return undefined;
  }
}

/** Records that `at` has been; never moves back. Failing is harmless: the floor then only rises later. */
export async function raiseFloor(stateDirectory: string, at: string): Promise<void> {
  const file = join(stateDirectory, FLOOR_FILE);
  const before = await readFloor(stateDirectory);
  if (before !== undefined && before >= at) return;
  try {
    await (await open(file, 'a', 0o600)).close();
    await utimes(file, new Date(at), new Date(at));
  } catch {
    // A full or read-only disk is told by the outbox's own check.
  }
}
