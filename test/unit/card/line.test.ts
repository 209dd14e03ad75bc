import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAddresses } from '#built/card/addresses.js';
import { choosePort, openSerialLine } from '#built/card/line.js';
import { SimulatedReader } from '#built/simulator/reader/simulated-reader.js';

const BOARD = { path: '/dev/ttyS0' };
const READER = { path: '/dev/ttyUSB1', vendorId: '1a86', productId: '7523' };
const TWIN = { path: '/dev/ttyUSB2', vendorId: '1A86', productId: '7523', serialNumber: 'B2' };

test('the reader is found by its USB id under whatever name, and by its serial number among twins', () => {
  const match = { vendorId: '1A86', productId: '7523' };
  expect(choosePort([BOARD, READER], match)).toBe('/dev/ttyUSB1');
  expect(choosePort([BOARD, { ...READER, path: '/dev/ttyUSB7' }], match)).toBe('/dev/ttyUSB7');
  expect(choosePort([BOARD, READER, TWIN], { ...match, serialNumber: 'B2' })).toBe('/dev/ttyUSB2');
  expect(choosePort([BOARD], match)).toBeUndefined();
});

test('without configuration the only USB serial port is the reader; of two none is guessed', () => {
  expect(choosePort([BOARD, READER], undefined)).toBe('/dev/ttyUSB1');
  expect(choosePort([BOARD, READER, TWIN], undefined)).toBeUndefined();
  expect(choosePort([BOARD], undefined)).toBeUndefined();
});

test('a port that is not there and one that another program has are told apart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'card-line-'));
  const path = join(directory, 'reader');
  await expect(openSerialLine({ path }, 9600)).rejects.toMatchObject({ code: 'CARD_READER_GONE' });
  for (const other of [directory, '/dev/null'])
    await expect(openSerialLine({ path: other }, 9600)).rejects.toMatchObject({
      code: 'CARD_READER_GONE',
      details: { problem: 'this is no serial port' },
    });
  const far = await SimulatedReader.start({ link: path });
  const line = await openSerialLine({ path }, 9600);
  await expect(openSerialLine({ path }, 9600)).rejects.toMatchObject({ code: 'CARD_READER_BUSY' });
  await line.close();
  await line.close();
  await expect(line.write(Uint8Array.of(1))).rejects.toMatchObject({ code: 'CARD_READER_GONE' });
  await (await openSerialLine({ path }, 9600)).close();
  await far.stop();
  await rm(directory, { recursive: true });
});

test('additional addresses are read in order, blank ones left out', () => {
  const record = (text: string) => Buffer.from(text.padEnd(35, ' '), 'utf16le');
  const data = Buffer.concat([record('测试路1号'), record(''), record('测试路 2 号\u3000')]);
  expect(parseAddresses(data)).toEqual(['测试路1号', '测试路 2 号']);
  expect(parseAddresses(data.subarray(0, 69))).toEqual([]);
});
