import { getEventListeners } from 'node:events';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { SimulatedModule } from '#built/simulator/reader/simulated-module.js';
import { make, nothingIsLeftOver, read, reader } from './reader-stage.js';
import { emptyPhoto, hex, SPECIMENS } from './specimens.js';

nothingIsLeftOver();

function logged() {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  return { lines, logger };
}

test('whatever goes wrong, nothing that is on a card is written to the log or into a fault', async () => {
  const { lines, logger } = logged();
  make({ logger });
  const secrets = SPECIMENS.flatMap(({ name, number, address, birthDate, nameLatin }) => [
    name,
    number,
    birthDate,
    ...(address === undefined ? [] : [address]),
    ...(nameLatin === undefined ? [] : [nameLatin]),
  ]);
  const steps = [0x10, 0x21, 0x24, 0x31, 0x32, 0x33, 0x3f, 0x41, 0x60, 0x66, 0x77].map((status) => ({
    status,
  }));
  for (const fields of SPECIMENS) {
    const moved = {
      fields,
      photo: new Uint8Array(1024).fill(7),
      notGenuine: false,
      addresses: ['测试路2号'],
    };
    for (const step of [{ pass: true }, { raw: hex('AA AA AA 96 69 05 08 00 00 90') }, ...steps]) {
      reader.module.lift();
      await reader.timing.sleep(10_000);
      reader.module.place(moved);
      reader.script.read = [step];
      reader.script.addresses = [{ status: 0x41 }];
      const stop = new AbortController();
      const { promise } = read(stop.signal, { addresses: true });
      promise.catch((error: unknown) => lines.push(JSON.stringify(error), String(error)));
      await reader.timing.sleep(30_000);
      stop.abort();
      await promise.catch(() => {});
      expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    }
  }
  expect(lines.length).toBeGreaterThan(50);
  for (const secret of [...secrets, '测试路2号']) expect(lines.join('\n')).not.toContain(secret);
});

test('a reader that was exchanged is told: another module answers than before', async () => {
  const { lines, logger } = logged();
  make({ logger });
  await reader.machine.check();
  reader.unplug();
  await reader.timing.sleep(4000);
  reader.module = new SimulatedModule({ samId: hex('05 00 01 00 65 9E 33 01 87 D6 12 00 B1 68 DE 3A') });
  reader.present = true;
  expect(await reader.machine.check()).toMatchObject({ ok: true });
  const warning = lines.find((line) => line.includes('another module'));
  expect(JSON.parse(warning ?? '{}')).toMatchObject({
    level: 40,
    samId: '05.01-20160101-0001234567-0987654321',
    before: '05.01-20260101-0000000001-0000000001',
  });
});

test('a photo that does not begin as all others do is taken, and told', async () => {
  const { lines, logger } = logged();
  make({ logger });
  const [fields] = SPECIMENS;
  if (fields === undefined) throw new Error('no specimen');
  const card = { fields, photo: emptyPhoto(), notGenuine: false, addresses: [] };
  reader.module.place(card);
  await read().promise;
  expect(lines.join()).not.toContain('does not begin');
  reader.module.lift();
  await reader.timing.sleep(2000);
  reader.module.place({ ...card, photo: new Uint8Array(1024).fill(7) });
  expect((await read().promise).photo?.bytes[0]).toBe(7);
  expect(lines.join()).toContain('does not begin');
});

test('a thousand reads, aborts and reconnections leave no listener on any signal', async () => {
  const seen = new Set<AbortSignal>();
  const add = AbortSignal.prototype.addEventListener;
  AbortSignal.prototype.addEventListener = function (
    this: AbortSignal,
    ...parameters: Parameters<typeof add>
  ) {
    seen.add(this);
    return add.apply(this, parameters);
  } as typeof add;
  const count = () => [...seen].reduce((sum, signal) => sum + getEventListeners(signal, 'abort').length, 0);
  try {
    make();
    await reader.machine.check();
    await reader.timing.sleep(1000);
    const before = count();
    for (let turn = 0; turn < 1000; turn += 1) {
      const stop = new AbortController();
      const { promise } = read(stop.signal);
      promise.catch(() => {});
      await reader.timing.sleep(turn % 700);
      if (turn % 10 === 0) reader.unplug();
      else stop.abort();
      await expect(promise).rejects.toThrow();
      reader.present = true;
    }
    await reader.machine.check();
    await reader.timing.sleep(1000);
    expect(seen.size).toBeGreaterThan(1000);
    expect(count()).toBe(before);
  } finally {
    AbortSignal.prototype.addEventListener = add;
  }
});
