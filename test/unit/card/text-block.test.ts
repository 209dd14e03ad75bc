import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeTextBlock, parseTextBlock } from '#built/card/text-block.js';
import type { CardFields } from '#built/domain/card.js';
import { FOREIGN_2023, PERMIT, RESIDENT, SPECIMENS } from './specimens.js';

function put(bytes: Uint8Array, offset: number, text: string): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(Buffer.from(text, 'utf16le'), offset);
  return copy;
}

function parsed(bytes: Uint8Array): CardFields {
  const result = parseTextBlock(bytes);
  if (!result.ok) throw new Error(`refused: ${result.slot}`);
  return result.fields;
}

describe('text block', () => {
  test.each([
    ['a9be47511712023de56f335c82bc257d27bce687b3fd6a72f94ddf05d97a972c', 0],
    ['ec8785170c0877b378ce6538c853905b00845c631ab6277ede76c4528e168f3e', 1],
    ['b84c43417409c5ba50db0f118638400736936e1b15223c09aa9d9ffc5285447c', 2],
    ['d316ee62978e6250a2b31b01d53a228687481746821223be702f59dece2dc362', 3],
  ])('the block with digest %s was computed elsewhere, byte for byte', (digest, index) => {
    const fields = SPECIMENS[index];
    if (fields === undefined) throw new Error('no such specimen');
    expect(createHash('sha256').update(encodeTextBlock(fields)).digest('hex')).toBe(digest);
    expect(parsed(encodeTextBlock(fields))).toEqual(fields);
  });

  test('all four layouts round-trip, with whatever names and places', () => {
    const han = (most: number) =>
      fc
        .array(fc.integer({ min: 0x4e00, max: 0x9fa5 }), { minLength: 1, maxLength: most })
        .map((units) => String.fromCodePoint(...units));
    const latin = (most: number) => fc.stringMatching(new RegExp(`^[A-Z][A-Z ,]{0,${most - 2}}[A-Z]$`));
    const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`));
    const date = fc
      .date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((each) => each.toISOString().slice(0, 10));
    const common = {
      name: han(15),
      sex: fc.constantFrom('male', 'female', 'unknown', 'not-stated'),
      birthDate: date,
      validFrom: date,
      validUntil: fc.oneof(date, fc.constant('long-term')),
    };
    const any = fc.oneof(
      fc.record({
        kind: fc.constant('resident-id'),
        ...common,
        ethnicGroup: digits(2),
        address: han(35),
        number: digits(18),
        issuer: han(15),
      }),
      fc.record({
        kind: fc.constant('hk-mo-tw-residence-permit'),
        ...common,
        address: han(35),
        number: digits(18),
        issuer: han(15),
        permitNumber: digits(9),
        issueCount: fc.integer({ min: 0, max: 99 }),
      }),
      fc.record({
        kind: fc.constant('foreign-permanent-resident-2017'),
        ...common,
        nameLatin: latin(60),
        nationality: fc.stringMatching(/^[A-Z]{3}$/),
        number: fc.stringMatching(/^[A-Z]{3}\d{12}$/),
        issuer: digits(4),
        cardVersion: digits(2),
      }),
      fc.record({
        kind: fc.constant('foreign-permanent-resident-2023'),
        ...common,
        nameLatin: latin(46),
        nationality: fc.stringMatching(/^[A-Z]{3}$/),
        number: digits(18),
        issueCount: fc.integer({ min: 0, max: 99 }),
        oldNumberLink: digits(3),
      }),
    ) as fc.Arbitrary<CardFields>;
    fc.assert(
      fc.property(any, (fields) => {
        expect(parsed(encodeTextBlock(fields))).toEqual(fields);
      }),
      { numRuns: 1000 },
    );
  });

  test('NUL and the wide space are padding at the right end; spaces inside stay', () => {
    const block = put(encodeTextBlock(RESIDENT), 0, '样 本\u0000\u0000\u3000\u3000 ');
    expect(parsed(block).name).toBe('样 本');
  });

  test('a rare character of two units and one of the private use area are kept', () => {
    const fields = { ...RESIDENT, name: '\u{20bb7}\ue001样' };
    expect(parsed(encodeTextBlock(fields)).name).toBe('\u{20bb7}\ue001样');
  });

  test('half a character becomes a replacement, not a refusal', () => {
    expect(parsed(put(encodeTextBlock(RESIDENT), 0, '\ud842样')).name).toMatch(/^\ufffd样/);
  });

  test('a Latin name that is too long for its slot goes on in the spare one', () => {
    const nameLatin = 'MAXIMILIANA ALEXANDRINA WILHELMINE VAN DER';
    expect(nameLatin.length).toBeGreaterThan(35);
    expect(parsed(encodeTextBlock({ ...FOREIGN_2023, nameLatin })).nameLatin).toBe(nameLatin);
  });

  test.each([
    ['MARIA', 'ANNA', 'MARIA ANNA'],
    ['MARIA\u0000\u0000', 'ANNA\u0000', 'MARIA ANNA'],
    ['X'.repeat(35), 'YZ', `${'X'.repeat(35)}YZ`],
    [`${'X'.repeat(34)} `, 'YZ', `${'X'.repeat(34)} YZ`],
    ['X'.repeat(35), ' YZ', `${'X'.repeat(35)} YZ`],
  ])('a Latin name in two slots, however they are padded: %j and %j', (first, more, whole) => {
    const block = put(put(encodeTextBlock(FOREIGN_2023), 52, first.padEnd(35, ' ')), 220, more);
    const { nameLatin } = parsed(block);
    expect(nameLatin).toBe(whole);
    expect(parsed(encodeTextBlock({ ...FOREIGN_2023, nameLatin: whole })).nameLatin).toBe(whole);
  });

  test('a holder without a Chinese name has the Latin one', () => {
    const fields = parsed(put(encodeTextBlock(FOREIGN_2023), 0, ' '.repeat(15)));
    expect(fields.name).toBe('ZHENGJIAN, YANGBEN');
    expect(parsed(encodeTextBlock(fields))).toEqual(fields);
  });

  test.each([
    ['5', 'unknown'],
    ['9', 'not-stated'],
    [' ', 'unknown'],
  ])('the sex code "%s" is read as %s', (code, sex) => {
    expect(parsed(put(encodeTextBlock(RESIDENT), 30, code)).sex).toBe(sex);
  });

  test.each([
    ['sex', 30, 'x'],
    ['birthDate', 36, '20230230'],
    ['validFrom', 188, '2020-1-1'],
    ['validUntil', 204, '长长期期'],
    ['number', 122, '1101051949123100-X'],
    ['name', 0, '样\u001b[2J'],
    ['ethnicGroup', 32, 'A1'],
  ])('a wrong %s is refused by its name, without its content', (slot, offset, text) => {
    expect(parseTextBlock(put(encodeTextBlock(RESIDENT), offset, text))).toEqual({ ok: false, slot });
  });

  test('any other size than 256 bytes is refused', () => {
    expect(parseTextBlock(new Uint8Array(255))).toEqual({ ok: false, slot: 'length' });
    expect(parseTextBlock(new Uint8Array(0))).toEqual({ ok: false, slot: 'length' });
  });

  test('what does not fit is not written', () => {
    expect(() => encodeTextBlock({ ...PERMIT, name: '样'.repeat(16) })).toThrow(RangeError);
  });
});
