import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CHILD = fileURLToPath(new URL('./parts/full-disk-process.mjs', import.meta.url));

/**
 * A small disk of its own (tmpfs in a mount namespace) is filled by a foreign file and freed again. While it is full,
 * reports are refused with a fault that says so and every receipt is still taken; once there is room, all goes on by
 * itself.
 * The control acknowledges before it wrote.
 */
export async function run({ count = 6, seed = 1, store = 'sqlite3', control = false }) {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-full-'));
  try {
    const words = ['--directory', directory, '--count', count, '--seed', seed, '--store', store];
    const { stdout } = await promisify(execFile)(
      'unshare',
      ['-rm', process.execPath, CHILD, ...words.map(String), '--weaken', control ? 'early' : 'none'],
      { maxBuffer: 1 << 20 },
    );
    const figures = JSON.parse(stdout);
    const { untyped, silent, stuck, lost, chain, receiptsRefused } = figures;
    const bad = untyped + silent + stuck + lost + chain + receiptsRefused;
    const worked = figures.refused > 0 && figures.receipts > figures.cycles;
    return { ok: control ? lost > 0 : bad === 0 && worked, figures };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
