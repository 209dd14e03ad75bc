import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { outboxFault } from './errors.js';

/**
 * Keeps a second process off the queue. An abstract socket has no file that could stay behind: the kernel frees the
 * name however the owner ends. It is known within one network namespace; elsewhere than on Linux there is no such
 * thing, and no lock.
 *
 * @returns the way to give it back
 * @throws OUTBOX_IN_USE
 */
export async function lockOwner(directory: string): Promise<() => Promise<void>> {
  if (process.platform !== 'linux') return async () => {};
  const server = createServer((socket) => socket.destroy());
  const name = await socketName(directory);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? outboxFault('IN_USE', { details: { directory } }) : error);
    });
    server.listen(name, resolve);
  });
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** Does a service have this queue right now? False where it cannot be told. */
export async function isOwned(directory: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const socket = connect(await socketName(directory));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function socketName(directory: string): Promise<string> {
  const path = await realpath(directory);
  return `\0countersign-outbox-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
}
