import { open, rm } from 'node:fs/promises';

/** Written and synced, or not there: half a file would keep what a full disk has left from the receipts. */
export async function writeWhole(file: string, bytes: Buffer): Promise<void> {
  try {
    const handle = await open(file, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(file, { force: true }).catch(() => {});
    throw error;
  }
}

/** A new or renamed file is only there after a power cut when its directory was synced too. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
