import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { evaluateFault } from './errors.js';

/**
 * Keeps a second evaluation off a folder: both would append to the same scores, and each would take the other's for
 * its own. As with the queue of reports, an abstract socket is the lock, which the kernel frees however its owner
 * ends; elsewhere than on Linux there is none.
 *
 * @returns the way to give it back
 * @throws EVALUATE_DIRECTORY_BUSY
 */
export async function lockFolder(directory: string): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return async () => {};
  const path = await realpath(directory);
  const name = `\0countersign-evaluate-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE' ? evaluateFault('DIRECTORY_BUSY', { details: { directory } }) : error,
      );
    });
    server.listen(name, resolve);
  });
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}
