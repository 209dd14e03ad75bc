import { describe, expect, test } from 'vitest';
import { always, CARD, codesOf, make, nothingIsLeftOver, OTHER, read, reader } from './reader-stage.js';
import { emptyPhoto, hex, PERMIT, RESIDENT } from './specimens.js';

nothingIsLeftOver();

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

describe('additional addresses', () => {
  const MOVED: typeof CARD = { ...CARD, addresses: ['测试路1号', '测试路2号'] };
  const wished = () => read(undefined, { addresses: true }).promise;

  test('are not asked for unless they are wished for', async () => {
    make().module.place(MOVED);
    expect(await read().promise).not.toHaveProperty('addresses');
    expect(reader.heard).not.toContain('addresses');
  });

  test('come in order; a card without has none', async () => {
    make().module.place(MOVED);
    expect((await wished()).addresses).toEqual(MOVED.addresses);
    reader.module.lift();
    await reader.timing.sleep(1000);
    reader.module.place(CARD);
    expect((await wished()).addresses).toEqual([]);
  });

  test.each<[string, object]>([
    ['does not know the command', { status: 0x21 }],
    ['says nothing', { silent: true }],
    ['has lost the card', { status: 0x41 }],
    ['is pulled out', { gone: true }],
  ])('of a module that %s are left out, and the card is read all the same', async (_what, step) => {
    make().module.place(MOVED);
    reader.script.addresses = [step];
    const reading = await wished();
    expect(reading.fields).toEqual(RESIDENT);
    expect(reading).not.toHaveProperty('addresses');
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

  test('is not read twice when the look that should tell the kind of module fails', async () => {
    make({ refindsCard: true }).module.place(CARD);
    reader.script.find = [{ pass: true }, { silent: true }];
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
