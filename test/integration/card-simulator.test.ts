import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SerialPort } from 'serialport';
import { expect, test, vi } from 'vitest';
import { hex, RESIDENT, toHex } from '../unit/card/specimens.js';

// Processes are started here: on a machine with much else to do that alone takes seconds.
vi.setConfig({ testTimeout: 120_000 });

const SIMULATE = fileURLToPath(new URL('./card-simulate.mjs', import.meta.url));

/** An integrator's own program: it opens the port, writes bytes and looks at bytes. */
async function exchange(port: SerialPort, request: string, bytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  const collect = (piece: Buffer) => pieces.push(piece);
  port.on('data', collect);
  port.write(Buffer.from(hex(request)));
  const until = performance.now() + 20_000;
  while (pieces.reduce((sum, piece) => sum + piece.length, 0) < bytes && performance.now() < until)
    await sleep(5);
  port.off('data', collect);
  return toHex(Buffer.concat(pieces));
}

test('`simulate reader` answers an integrator byte for byte, follows its fault file and its stdin, and cleans up', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'card-simulator-'));
  const file = (name: string) => join(directory, name);
  await writeFile(file('card.json'), JSON.stringify({ fields: RESIDENT }));
  await writeFile(
    file('faults.json'),
    JSON.stringify({ faults: [{ on: 'find', skip: 1, do: { status: '24' } }] }),
  );
  const far = spawn(
    process.execPath,
    [
      SIMULATE,
      'reader',
      '--link',
      file('reader'),
      '--card',
      file('card.json'),
      '--faults',
      file('faults.json'),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const lines: object[] = [];
  const complaints: string[] = [];
  createInterface({ input: far.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  createInterface({ input: far.stderr }).on('line', (line) => complaints.push(line));
  while (lines.length < 2) await sleep(10);
  expect(lines).toEqual([{ ready: file('reader') }, { record: 'placed' }]);

  const port = new SerialPort({ path: file('reader'), baudRate: 115_200 });
  await once(port, 'open');
  expect(await exchange(port, 'AA AA AA 96 69 00 03 11 FF ED', 11)).toBe('AA AA AA 96 69 00 04 00 00 90 94');
  expect(await exchange(port, 'AA AA AA 96 69 00 03 20 01 22', 15)).toBe(
    'AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97',
  );
  expect(await exchange(port, 'AA AA AA 96 69 00 03 20 01 22', 11)).toBe('AA AA AA 96 69 00 04 00 00 24 20');
  far.stdin.write('{"lift": true}\nnonsense\n{"fault": {"on": "status", "do": {"status": "60"}}}\n');
  while (complaints.length === 0) await sleep(10);
  expect(await exchange(port, 'AA AA AA 96 69 00 03 20 01 22', 11)).toBe('AA AA AA 96 69 00 04 00 00 80 84');
  expect(await exchange(port, 'AA AA AA 96 69 00 03 11 FF ED', 11)).toBe('AA AA AA 96 69 00 04 00 00 60 64');
  expect(lines).toContainEqual({ record: 'command', command: 'find', sw3: '24', fault: { status: '24' } });

  const hungUp = once(port, 'close');
  far.stdin.write('{"hangUp": 50}\n');
  await hungUp;
  while (!lines.some((line) => 'record' in line && line.record === 'returned')) await sleep(10);

  const ended = once(far, 'exit');
  far.stdin.end();
  expect(await ended).toEqual([0, null]);
  await expect(lstat(file('reader'))).rejects.toThrow();
  await rm(directory, { recursive: true });
});
