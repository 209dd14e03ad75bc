import { afterEach, describe, expect, test } from 'vitest';
import type { ReaderEvent } from '#built/card/port.js';
import type { SimulatedCard } from '#built/simulator/reader/card-file.js';
import { emptyPhoto, hex, PERMIT, RESIDENT } from './specimens.js';
import { VirtualReader } from './virtual-reader.js';

const CARD: SimulatedCard = { fields: RESIDENT, photo: emptyPhoto(), notGenuine: false, addresses: [] };
const OTHER: SimulatedCard = { ...CARD, fields: PERMIT };
const always = (step: object) => Array.from({ length: 100 }, () => step);

let reader: VirtualReader;

function make(options: ConstructorParameters<typeof VirtualReader>[0] = {}): VirtualReader {
  reader = new VirtualReader(options);
  return reader;
}

/** Reads with everything that the person is told. */
function read(signal = new AbortController().signal) {
  const told: ReaderEvent[] = [];
  return { told, promise: reader.machine.read(signal, (event) => told.push(event)) };
}

function codesOf(told: readonly ReaderEvent[]): string[] {
  const lines = told.map((event) => (event.type === 'place-again' ? event.code : event.type));
  return lines.filter((line, index) => line !== lines[index - 1]);
}

afterEach(async () => {
  await reader.machine.close();
  expect(reader.open).toBe(0);
  expect(reader.timing.asleep).toBe(reader.late);
});

describe('a read', () => {
  test('asks for find, select and read, in this order and nothing else', async () => {
    make().module.place(CARD);
    const { told, promise } = read();
    const { fields, photo, samId } = await promise;
    expect(fields).toEqual(RESIDENT);
    expect(photo).toEqual({ kind: 'wlt', bytes: emptyPhoto() });
    expect(samId).toMatch(/^05\.01-/);
    expect(reader.heard.slice(0, 5)).toEqual(['status', 'id', 'find', 'select', 'read']);
    expect(codesOf(told)).toEqual(['waiting', 'found', 'reading']);
  });

  test('waits for a card for hours', async () => {
    make();
    const { promise } = read();
    let polls = 0;
    reader.script.find = Array.from({ length: 30_000 }, () => ({
      pass: true,
      first: () => {
        polls += 1;
        if (polls === 30_000) reader.module.place(CARD);
      },
    }));
    await promise;
    // 30,000 looks, 300 ms apart.
    expect(reader.timing.elapsed()).toBeGreaterThan(8_900_000);
    expect(reader.opened).toBe(1);
  });

  test('a second one at the same time is refused, and the first goes on', async () => {
    make();
    const { promise } = read();
    await expect(reader.machine.read(new AbortController().signal)).rejects.toMatchObject({
      code: 'CARD_READER_BUSY',
    });
    reader.module.place(CARD);
    await promise;
  });

  test("the card's own status bytes do not matter", async () => {
    make().module.place(CARD);
    const withCardStatus = hex('AA AA AA 96 69 00 08 69 82 9F 00 00 00 00 7C');
    reader.script.find = [{ pass: true }];
    reader.script.select = [{ pass: true }];
    reader.script.find = [
      {
        raw: withCardStatus,
        first: () => reader.module.receive(hex('AA AA AA 96 69 00 03 20 01 22'))[0]?.answer(),
      },
    ];
    const { promise } = read();
    expect((await promise).fields).toEqual(RESIDENT);
  });
});

describe('a card that stays', () => {
  test('does not count again until it was lifted, on modules that refuse to find it', async () => {
    make().module.place(CARD);
    await read().promise;
    const second = read();
    await reader.timing.sleep(5000);
    expect(codesOf(second.told)).toEqual(['waiting']);
    reader.module.lift();
    reader.module.place(OTHER);
    expect((await second.promise).fields.kind).toBe(PERMIT.kind);
  });

  test('does not count again until it was lifted, on modules that find it again and again', async () => {
    make({ refindsCard: true }).module.place(CARD);
    await read().promise;
    const second = read();
    await reader.timing.sleep(5000);
    expect(codesOf(second.told)).toEqual(['waiting', 'CARD_STILL_THERE']);
    reader.module.lift();
    await reader.timing.sleep(1000);
    reader.module.place(OTHER);
    expect((await second.promise).fields.kind).toBe(PERMIT.kind);
  });

  test('a flicker of the field is no lifting', async () => {
    make({ refindsCard: true }).module.place(CARD);
    await read().promise;
    const second = read();
    await reader.timing.sleep(1000);
    reader.script.find = [{ status: 0x80 }];
    await reader.timing.sleep(5000);
    expect(codesOf(second.told)).toEqual(['waiting', 'CARD_STILL_THERE']);
    reader.module.lift();
    await reader.timing.sleep(1000);
    reader.module.place(OTHER);
    await second.promise;
  });

  test('that was lifted between two reads counts at once when placed again', async () => {
    make({ refindsCard: true }).module.place(CARD);
    await read().promise;
    await reader.timing.sleep(1000);
    reader.module.lift();
    await reader.timing.sleep(10_000);
    reader.module.place(CARD);
    const second = read();
    await second.promise;
    expect(codesOf(second.told)).toEqual(['waiting', 'found', 'reading']);
  });
});

describe('what a person can cure is waited out', () => {
  test.each([
    ['taken away in mid-read', 'read', 0x41, 'CARD_READ_FAILED'],
    ['of an unknown kind', 'read', 0x40, 'CARD_UNSUPPORTED'],
    ['that does not authenticate', 'read', 0x31, 'CARD_AUTHENTICATION'],
  ] as const)('a card %s', async (_name, command, status, code) => {
    make().module.place(CARD);
    reader.script[command] = [{ status, first: () => reader.module.lift() }];
    const { told, promise } = read();
    await reader.timing.sleep(3000);
    expect(codesOf(told)).toContain(code);
    reader.module.place(OTHER);
    expect((await promise).fields.kind).toBe(PERMIT.kind);
  });

  test('only the third failure to select asks for placing again', async () => {
    make().module.place(CARD);
    reader.script.select = [{ status: 0x81 }, { status: 0x81 }];
    const { told, promise } = read();
    await promise;
    expect(codesOf(told)).not.toContain('CARD_SELECT_FAILED');

    await reader.timing.sleep(1000);
    reader.module.lift();
    reader.module.place(CARD);
    reader.script.select = [{ status: 0x81 }, { status: 0x81 }, { status: 0x81 }];
    const second = read();
    await second.promise;
    expect(codesOf(second.told)).toContain('CARD_SELECT_FAILED');
  });

  test('a card pulled away so that the answer never comes', async () => {
    make().module.place(CARD);
    reader.script.read = [
      { raw: hex('AA AA AA 96 69 05 08 00 00 90 01 00'), first: () => reader.module.lift() },
    ];
    const { told, promise } = read();
    await reader.timing.sleep(10_000);
    expect(codesOf(told)).toContain('CARD_LINK');
    reader.module.place(OTHER);
    expect((await promise).fields.kind).toBe(PERMIT.kind);
  });
});

describe('what no person at the counter can cure ends the read', () => {
  test.each([
    [0x32, 'CARD_NOT_GENUINE'],
    [0x33, 'CARD_NOT_GENUINE'],
    [0x60, 'CARD_MODULE_SELF_TEST'],
    [0x66, 'CARD_MODULE_NOT_AUTHORISED'],
    [0x21, 'CARD_COMMAND_REFUSED'],
    [0x3f, 'CARD_CONTENT_INVALID'],
  ])('status %i', async (status, code) => {
    make().module.place(CARD);
    reader.script.read = [{ status }];
    await expect(read().promise).rejects.toMatchObject({ code });
  });

  test('a card that never authenticates, after three placements', async () => {
    make().module.place(CARD);
    reader.script.read = always({ status: 0x31, first: () => reader.module.place(CARD) });
    await expect(read().promise).rejects.toMatchObject({ code: 'CARD_AUTHENTICATION' });
    expect(reader.heard.filter((name) => name === 'read')).toHaveLength(3);
  });

  test('a module that stays unsure is reset once, then given up', async () => {
    make().module.place(CARD);
    reader.script.read = always({ status: 0x47, first: () => reader.module.place(CARD) });
    await expect(read().promise).rejects.toMatchObject({ code: 'CARD_MODULE_FAULT' });
    expect(reader.heard.filter((name) => name === 'reset')).toHaveLength(1);
    expect(reader.heard.filter((name) => name === 'read')).toHaveLength(4);
  });

  test('a module that a reset cures goes on', async () => {
    make().module.place(CARD);
    reader.script.find = [{ status: 0x24 }, { status: 0x24 }, { status: 0x24 }];
    await read().promise;
    expect(reader.heard).toContain('reset');
  });

  test('a status that no documentation knows is tried again, then a module fault', async () => {
    make().module.place(CARD);
    reader.script.find = always({ status: 0x77 });
    await expect(read().promise).rejects.toMatchObject({ code: 'CARD_MODULE_FAULT' });
  });
});

describe('the line', () => {
  test.each([0x10, 0x11])('a command that arrived damaged (%i) is sent once more', async (status) => {
    make().module.place(CARD);
    reader.script.find = [{ status }];
    await read().promise;
    expect(reader.heard.filter((name) => name === 'find').length).toBeGreaterThanOrEqual(2);
  });

  test('after a time-out a late answer is thrown away and a status asked before anything else', async () => {
    make().module.place(CARD);
    reader.script.find = [{ delayMs: 1500, status: 0x9f }];
    const { promise } = read();
    expect((await promise).fields).toEqual(RESIDENT);
    const at = reader.heard.indexOf('find');
    expect(reader.heard[at + 1]).toBe('status');
    expect(reader.heard[at + 2]).toBe('find');
  });

  test('the success of another command means out of step, never a card', async () => {
    make().module.place(CARD);
    reader.script.read = [
      { raw: hex('AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97'), first: () => reader.module.place(CARD) },
    ];
    const { told, promise } = read();
    expect((await promise).fields).toEqual(RESIDENT);
    expect(codesOf(told)).toContain('CARD_LINK');
  });

  test('a read of the wrong inner lengths is refused', async () => {
    make().module.place(CARD);
    reader.script.read = [{ raw: shortRead() }];
    await expect(read().promise).rejects.toMatchObject({
      code: 'CARD_CONTENT_INVALID',
      details: { place: 'lengths' },
    });
  });

  test('answers that are always damaged end the read', async () => {
    make().module.place(CARD);
    reader.script.find = always({ raw: hex('AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 96') });
    await expect(read().promise).rejects.toMatchObject({ code: 'CARD_LINK' });
  });

  test('a module that says nothing at any speed is silent, not gone', async () => {
    make({ baudRate: 'auto' });
    reader.script.status = always({ silent: true });
    await expect(read().promise).rejects.toMatchObject({ code: 'CARD_READER_SILENT' });
    expect(reader.open).toBe(0);
  });

  test.each([115_200, 57_600, 38_400, 19_200, 9600])('a module at %i baud is found', async (rate) => {
    make({ baudRate: 'auto' }).rate = rate;
    const check = await reader.machine.check();
    expect(check).toMatchObject({ ok: true });
    expect(check.detail).toContain(`${rate} baud`);
  });

  test('a module that is still starting when its port appears is found', async () => {
    make({ baudRate: 115_200 });
    reader.script.status = [{ silent: true }, { silent: true }];
    expect(await reader.machine.check()).toMatchObject({ ok: true });
  });

  test('a port that is gone ends the read; the next one opens it again', async () => {
    make();
    const first = read();
    await reader.timing.sleep(1000);
    reader.unplug();
    await expect(first.promise).rejects.toMatchObject({ code: 'CARD_READER_GONE', cure: 'operator' });
    await expect(read().promise).rejects.toMatchObject({ code: 'CARD_READER_GONE' });
    reader.present = true;
    reader.module.place(CARD);
    await read().promise;
    expect(reader.opened).toBe(2);
  });

  test('a port that goes in the middle of a read ends it', async () => {
    make().module.place(CARD);
    reader.script.read = [{ gone: true }];
    await expect(read().promise).rejects.toMatchObject({ code: 'CARD_READER_GONE' });
  });

  test('an idle module is asked every three seconds, and one that is lost is let go', async () => {
    make();
    await reader.machine.check();
    const before = reader.heard.length;
    await reader.timing.sleep(30_500);
    expect(reader.heard.length - before).toBe(10);
    reader.unplug();
    await reader.timing.sleep(4000);
    expect(reader.open).toBe(0);
  });
});

describe('cancelling', () => {
  test('between two looks, in an answer and in connecting', async () => {
    make();
    for (const moment of [0, 10, 400]) {
      const stop = new AbortController();
      const { promise } = read(stop.signal);
      promise.catch(() => {});
      await reader.timing.sleep(moment);
      stop.abort();
      await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
    }
    reader.module.place(CARD);
    await read().promise;
  });

  test('in the middle of a long answer leaves the reader ready: the rest is thrown away', async () => {
    make().module.place(CARD);
    const stop = new AbortController();
    reader.script.read = [{ delayMs: 600, status: 0x90 }];
    const { promise, told } = read(stop.signal);
    promise.catch(() => {});
    while (!reader.heard.includes('read')) await reader.timing.sleep(1);
    const before = reader.timing.elapsed();
    stop.abort();
    await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
    expect(reader.timing.elapsed() - before).toBeLessThan(100);
    expect(codesOf(told)).toContain('found');
    reader.module.place(OTHER);
    expect((await read().promise).fields.kind).toBe(PERMIT.kind);
  });

  test('a signal that is aborted already asks the module nothing', async () => {
    make();
    const stop = new AbortController();
    stop.abort(new Error('a reason of its own'));
    await expect(read(stop.signal).promise).rejects.toMatchObject({ name: 'AbortError' });
    expect(reader.heard).toEqual([]);
  });

  test('closing ends a read and may be done twice; afterwards there is nothing more to read', async () => {
    make();
    const { promise } = read();
    promise.catch(() => {});
    await reader.timing.sleep(500);
    await Promise.all([reader.machine.close(), reader.machine.close()]);
    await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
    await expect(read().promise).rejects.toMatchObject({ name: 'AbortError' });
    expect(await reader.machine.check()).toMatchObject({ ok: false });
  });

  test('a listener that throws does not disturb the read', async () => {
    make().module.place(CARD);
    const stop = new AbortController();
    const result = await reader.machine.read(stop.signal, () => {
      throw new Error('a defect of the caller');
    });
    expect(result.fields).toEqual(RESIDENT);
  });
});

describe('check', () => {
  test('says what is wrong and what to do, without throwing', async () => {
    make().present = false;
    const check = await reader.machine.check();
    expect(check).toMatchObject({ name: 'reader', ok: false });
    expect(check.advice).toMatch(/cable/);
    expect(check.detail).not.toContain(check.advice);
  });

  test('during a read sends nothing and tells from the last answer', async () => {
    make();
    const stop = new AbortController();
    const { promise } = read(stop.signal);
    promise.catch(() => {});
    await reader.timing.sleep(1000);
    const before = reader.heard.filter((name) => name !== 'find').length;
    expect(await reader.machine.check()).toMatchObject({ ok: true });
    expect(reader.heard.filter((name) => name !== 'find')).toHaveLength(before);
    stop.abort();
  });

  test('a module out of order is not well', async () => {
    make();
    reader.script.status = [{ status: 0x60 }];
    expect((await reader.machine.check()).detail).toContain('CARD_MODULE_SELF_TEST');
  });
});

/** The right total size and checksum, and a text of 255 bytes claimed inside. */
function shortRead(): Uint8Array {
  const frame = new Uint8Array(1295);
  frame.set(hex('AA AA AA 96 69 05 08 00 00 90 00 FF 04 00'));
  frame[1294] = frame.subarray(5, 1294).reduce((value, byte) => value ^ byte, 0);
  return frame;
}
