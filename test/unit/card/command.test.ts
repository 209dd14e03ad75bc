import { describe, expect, test } from 'vitest';
import { STATUS } from '#built/card/codes.js';
import {
  COMMANDS,
  encodeAnswer,
  encodeCommand,
  joinRead,
  parseAnswer,
  printSamId,
  rfSizeCommand,
  splitRead,
} from '#built/card/command.js';
import { statusFault } from '#built/card/errors.js';
import { encodeTextBlock } from '#built/card/text-block.js';
import { emptyPhoto, hex, SPECIMENS, toHex } from './specimens.js';

describe('commands', () => {
  test.each([
    ['reset', 'AA AA AA 96 69 00 03 10 FF EC'],
    ['status', 'AA AA AA 96 69 00 03 11 FF ED'],
    ['id', 'AA AA AA 96 69 00 03 12 FF EE'],
    ['find', 'AA AA AA 96 69 00 03 20 01 22'],
    ['select', 'AA AA AA 96 69 00 03 20 02 21'],
    ['read', 'AA AA AA 96 69 00 03 30 01 32'],
    ['addresses', 'AA AA AA 96 69 00 03 30 03 30'],
  ] as const)('"%s" is the published request', (name, frame) => {
    expect(toHex(encodeCommand(COMMANDS[name]))).toBe(frame);
  });

  test('the RF size is the published request, and only sizes that modules know are sent', () => {
    expect(toHex(encodeCommand(rfSizeCommand(0x50)))).toBe('AA AA AA 96 69 00 04 61 FF 50 CA');
    expect(toHex(encodeCommand(rfSizeCommand(0x58)))).toBe('AA AA AA 96 69 00 04 61 FF 58 C2');
    expect(() => rfSizeCommand(23)).toThrow(RangeError);
    expect(() => rfSizeCommand(256)).toThrow(RangeError);
  });

  test('no command reads fingerprints, changes the line speed or the firmware', () => {
    const codes = Object.values(COMMANDS).map(({ code, parameter }) => (code << 8) | parameter);
    expect(codes).not.toContain(0x3010);
    expect(codes.every((code) => code >> 8 <= 0x30)).toBe(true);
  });

  test('the module id is printed as on its label', () => {
    expect(printSamId(hex('05 00 01 00 65 9E 33 01 87 D6 12 00 B1 68 DE 3A'))).toBe(
      '05.01-20160101-0001234567-0987654321',
    );
  });

  test.each([
    [0, 0x11],
    [1, 0xe5],
    [2, 0x30],
    [3, 0x57],
  ])('the answer to a read of specimen %i has the size and checksum computed elsewhere', (index, last) => {
    const fields = SPECIMENS[index];
    if (fields === undefined) throw new Error('no such specimen');
    const frame = encodeAnswer({
      sw1: 0,
      sw2: 0,
      sw3: 0x90,
      data: joinRead(encodeTextBlock(fields), emptyPhoto()),
    });
    expect(frame).toHaveLength(1295);
    expect(toHex(frame.subarray(0, 14))).toBe('AA AA AA 96 69 05 08 00 00 90 01 00 04 00');
    expect(frame.at(-1)).toBe(last);
  });

  test('a read is split only where the inner lengths are 256 and 1024', () => {
    const data = joinRead(new Uint8Array(256).fill(1), new Uint8Array(1024).fill(2));
    expect(splitRead(data)?.photo).toEqual(new Uint8Array(1024).fill(2));
    data[1] = 0xff;
    expect(splitRead(data)).toBeUndefined();
    expect(splitRead(data.subarray(1))).toBeUndefined();
  });

  test('the parts of a read are copies: wiping the answer leaves them', () => {
    const data = Buffer.from(joinRead(new Uint8Array(256).fill(1), new Uint8Array(1024).fill(2)));
    const parts = splitRead(data);
    data.fill(0);
    expect(parts?.text[0]).toBe(1);
    expect(parts?.photo[1023]).toBe(2);
  });

  test("the card's own status bytes do not make an answer another one", () => {
    expect(parseAnswer(hex('69 82 9F 00 00 00 00'))).toMatchObject({
      sw1: 0x69,
      sw2: 0x82,
      sw3: STATUS.found,
    });
  });
});

describe('status words', () => {
  test.each([
    [0x10, 'CARD_LINK'],
    [0x11, 'CARD_LINK'],
    [0x21, 'CARD_COMMAND_REFUSED'],
    [0x23, 'CARD_COMMAND_REFUSED'],
    [0x24, 'CARD_MODULE_UNSURE'],
    [0x31, 'CARD_AUTHENTICATION'],
    [0x32, 'CARD_NOT_GENUINE'],
    [0x33, 'CARD_NOT_GENUINE'],
    [0x37, 'CARD_NOT_GENUINE'],
    [0x3f, 'CARD_CONTENT_INVALID'],
    [0x40, 'CARD_UNSUPPORTED'],
    [0x41, 'CARD_READ_FAILED'],
    [0x47, 'CARD_MODULE_UNSURE'],
    [0x60, 'CARD_MODULE_SELF_TEST'],
    [0x66, 'CARD_MODULE_NOT_AUTHORISED'],
    [0x80, 'CARD_NOT_FOUND'],
    [0x81, 'CARD_SELECT_FAILED'],
    [0x91, 'CARD_NO_SUCH_ITEM'],
    [0x77, 'CARD_STATUS_UNKNOWN'],
  ])('%i is a fault of its own, with advice', (sw3, code) => {
    const fault = statusFault(sw3, 'read');
    expect(fault.code).toBe(code);
    expect(fault.advice).toMatch(/^[A-Z].*\.$/);
    expect(fault.details['sw3']).toBe(sw3.toString(16).padStart(2, '0'));
  });

  test('all 256 status words have a fault', () => {
    for (let sw3 = 0; sw3 < 256; sw3 += 1) expect(statusFault(sw3, 'read').code).toMatch(/^CARD_[A-Z_]+$/);
  });
});
