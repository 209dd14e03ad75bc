import { describe, expect, test } from 'vitest';
import { always, CARD, codesOf, make, nothingIsLeftOver, read, reader } from './reader-stage.js';
import { hex, RESIDENT } from './specimens.js';

nothingIsLeftOver();

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

  test('a size of radio blocks is set after each start of the module, and only where it is configured', async () => {
    make({ rfBytes: 80 }).module.place(CARD);
    reader.script.find = [{ status: 0x24 }, { status: 0x24 }, { status: 0x24 }];
    await read().promise;
    expect(reader.heard.filter((name) => name !== 'find')).toEqual(
      expect.arrayContaining(['status', 'id', 'rf-size', 'reset', 'rf-size', 'select', 'read']),
    );
    expect(reader.heard.filter((name) => name === 'rf-size')).toHaveLength(2);
  });

  test('a module that refuses the configured size says so', async () => {
    make({ rfBytes: 80 });
    reader.script['rf-size'] = [{ status: 0x21 }];
    await expect(read().promise).rejects.toMatchObject({
      code: 'CARD_COMMAND_REFUSED',
      details: { command: 'rf-size' },
    });
    expect(reader.open).toBe(0);
  });
});

/** The right total size and checksum, and a text of 255 bytes claimed inside. */
function shortRead(): Uint8Array {
  const frame = new Uint8Array(1295);
  frame.set(hex('AA AA AA 96 69 05 08 00 00 90 00 FF 04 00'));
  frame[1294] = frame.subarray(5, 1294).reduce((value, byte) => value ^ byte, 0);
  return frame;
}
