import { lstat, mkdtemp, readlink, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openSerialLine, type PortDescription } from '#built/card/line.js';
import type { CardReader } from '#built/card/port.js';
import { ReaderMachine } from '#built/card/reader-machine.js';
import { createSamVReader } from '#built/card/sam-v-driver.js';
import { SimulatedReader } from '#built/simulator/reader/simulated-reader.js';
import { emptyPhoto, RESIDENT } from '../unit/card/specimens.js';
import { steadyClock } from '../unit/card/steady-clock.js';

// Processes are started here: on a machine with much else to do that alone takes seconds.
vi.setConfig({ testTimeout: 120_000 });

const CARD = { fields: RESIDENT, photo: emptyPhoto(), notGenuine: false, addresses: [] };
let directory: string;
let far: SimulatedReader | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'card-name-'));
});
afterEach(async () => {
  await far?.stop();
  await rm(directory, { recursive: true });
});

/** Puts the reader in under a name of the kernel's choice; another one than it had before. */
async function plugIn(name: string): Promise<string> {
  const link = join(directory, name);
  far = await SimulatedReader.start({ link });
  far.place(CARD);
  return link;
}

async function pullAndReturn(reader: CardReader, returnAs: () => Promise<unknown>): Promise<void> {
  const waiting = reader.read(AbortSignal.timeout(60_000));
  const gone = expect(waiting).rejects.toMatchObject({ code: 'CARD_READER_GONE' });
  await far?.stop();
  await gone;
  await expect(reader.read(AbortSignal.timeout(60_000))).rejects.toMatchObject({ code: 'CARD_READER_GONE' });
  await returnAs();
  expect((await reader.read(AbortSignal.timeout(60_000))).fields).toEqual(RESIDENT);
}

test('a reader that returns under another name is found by its USB id', async () => {
  const other = { path: '/dev/ttyS0' };
  const bridge = (path: string) => ({ path, vendorId: '1a86', productId: '7523' });
  let ports: PortDescription[] = [other, bridge(await plugIn('ttyUSB0'))];
  const match = { vendorId: '1A86', productId: '7523' };
  const reader = new ReaderMachine(
    { openLine: (rate) => openSerialLine({ match }, rate, async () => ports), baudRate: 'auto', pollMs: 300 },
    { timing: steadyClock },
  );
  try {
    await reader.read(AbortSignal.timeout(60_000));
    ports = [other];
    await pullAndReturn(reader, async () => {
      ports = [other, bridge(await plugIn('ttyUSB1'))];
    });
    expect((await reader.check()).module?.path).toBe(join(directory, 'ttyUSB1'));
  } finally {
    await reader.close();
  }
});

test('a path below by-id that leads elsewhere after the return is followed', async () => {
  const byId = join(directory, 'by-id-of-the-reader');
  /** As udev does it: the new link takes the old one's place at once. */
  const point = async (target: string) => {
    await symlink(target, `${byId}.new`);
    await rename(`${byId}.new`, byId);
  };
  await point(await plugIn('ttyUSB0'));
  const reader = createSamVReader({ path: byId, baudRate: 'auto', pollMs: 300 }, { clock: steadyClock });
  try {
    await reader.read(AbortSignal.timeout(60_000));
    await pullAndReturn(reader, async () => point(await plugIn('ttyUSB1')));
    expect(await readlink(byId)).toBe(join(directory, 'ttyUSB1'));
    expect((await lstat(byId)).isSymbolicLink()).toBe(true);
  } finally {
    await reader.close();
  }
});
