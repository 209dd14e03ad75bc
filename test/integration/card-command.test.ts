import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { encodeSimulatedWlt } from '#built/simulator/photo-codec.js';
import type { SimulatedCard } from '#built/simulator/reader/card-file.js';
import { SimulatedReader } from '#built/simulator/reader/simulated-reader.js';
import { emptyPhoto, PERMIT, RESIDENT } from '../unit/card/specimens.js';

// Processes are started here: on a machine with much else to do that alone takes seconds.
vi.setConfig({ testTimeout: 120_000 });

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const SIMULATE = fileURLToPath(new URL('./card-simulate.mjs', import.meta.url));
const CARD: SimulatedCard = {
  fields: RESIDENT,
  photo: emptyPhoto(),
  notGenuine: false,
  addresses: ['测试路2号'],
};

let directory: string;
let far: SimulatedReader;
const file = (name: string) => join(directory, name);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'card-command-'));
  far = await SimulatedReader.start({ link: file('port') });
});
afterEach(async () => {
  await far.stop();
  await rm(directory, { recursive: true });
});

async function card(
  ...parameters: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, 'card', ...parameters], (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

test('a card that is right: 0; further addresses where they are wished for, masked', async () => {
  far.place(CARD);
  const { code, stdout } = await card('read', '--port', file('port'), '--json', '--addresses');
  expect(JSON.parse(stdout)).toMatchObject({ name: '证***', additionalAddresses: ['********'] });
  expect(stdout).not.toContain('测试路');
  expect(code).toBe(0);
});

test('a card that is over: its fields, and 1', async () => {
  far.place({ ...CARD, fields: PERMIT });
  const { code, stdout } = await card('read', '--port', file('port'), '--json');
  expect(JSON.parse(stdout).checks).toContainEqual({ code: 'validity-not-over', ok: false });
  expect(code).toBe(1);
});

test('a card that the module refuses: 1, with the reason and what to do', async () => {
  far.place({ ...CARD, notGenuine: true });
  const { code, stdout, stderr } = await card('read', '--port', file('port'), '--json');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('CARD_NOT_GENUINE');
});

test('wrong usage: 2, before anybody is asked for a card', async () => {
  const { code, stderr } = await card('read', '--port', file('port'), '--photo', file('photo.gif'));
  expect(code).toBe(2);
  expect(stderr).not.toContain('Place a card');
});

test('a port that is not there: 3, and what to do', async () => {
  const read = await card('read', '--port', file('nothing'), '--json');
  expect(read).toMatchObject({ code: 3, stdout: '' });
  const sam = await card('sam', '--port', file('nothing'), '--json');
  expect(sam.code).toBe(3);
  expect(JSON.parse(sam.stdout)).toMatchObject({ ok: false, advice: expect.stringContaining('cable') });
});

test('`card sam --json` tells the module and how it is reached', async () => {
  const { code, stdout } = await card('sam', '--port', file('port'), '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    ok: true,
    samId: '05.01-20260101-0000000001-0000000001',
    path: file('port'),
    baudRate: 115_200,
  });
  expect(code).toBe(0);
});

test('the photo as the card holds it: for its owner alone, even where a file lay there that all could read', async () => {
  far.place(CARD);
  await writeFile(file('photo.wlt'), 'old');
  await chmod(file('photo.wlt'), 0o644);
  const { code } = await card('read', '--port', file('port'), '--photo', file('photo.wlt'));
  expect(code).toBe(0);
  expect(new Uint8Array(await readFile(file('photo.wlt')))).toEqual(emptyPhoto());
  expect((await stat(file('photo.wlt'))).mode & 0o777).toBe(0o600);
});

test('the photo through the configured decoder; without one the fields and 3; where nothing can be written 3', async () => {
  const picture = await sharp({ create: { width: 102, height: 126, channels: 3, background: '#c08060' } })
    .png()
    .toBuffer();
  const photo = await encodeSimulatedWlt(picture);
  const decoder = { driver: 'command', command: [process.execPath, SIMULATE, 'decoder'], timeoutMs: 10_000 };
  await writeFile(file('config.yaml'), JSON.stringify({ photoDecoder: decoder }));
  const read = (name: string, ...more: string[]) => {
    far.lift();
    far.place({ ...CARD, photo });
    return card('read', '--port', file('port'), '--json', '--photo', file(name), ...more);
  };
  expect((await read('photo.png', '--config', file('config.yaml'))).code).toBe(0);
  expect(await sharp(file('photo.png')).metadata()).toMatchObject({ width: 102, height: 126 });
  const without = await read('other.png');
  expect(without.code).toBe(3);
  expect(JSON.parse(without.stdout)).toMatchObject({ kind: 'resident-id' });
  expect(without.stderr).toContain('CARD_PHOTO_NO_DECODER');
  const nowhere = await read('nowhere/photo.wlt');
  expect(nowhere.code).toBe(3);
  expect(nowhere.stderr).not.toContain('    at ');
});
