import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { outboxFault } from './errors.js';

/**
 * Keeps a second process off the queue. An abstract socket has no file that could stay behind: the kernel frees the
 * name however the owner ends. Elsewhere than on Linux there is no such thing, and no lock.
 *
 * @returns the way to give it back
 * @throws OUTBOX_IN_USE
 */
export async function lockOwner(directory: string): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return async () => {};
  const path = await realpath(directory);
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? outboxFault('IN_USE', { details: { directory } }) : error);
    });
    server.listen(`\0countersign-outbox-${name}`, resolve);
  });
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}
