import type { CardFields, CardKind } from '../domain/card.js';
import { parseCompactDate } from './calendar.js';
import { sexFromCode, sexToCode } from './codes.js';

/** The chip's text: 256 bytes of UTF-16LE at fixed offsets, padded with spaces. */
const TEXT_BYTES = 256;
const LONG_TERM = '长期';

type SlotName =
  | 'name'
  | 'nameLatin'
  | 'nameLatinMore'
  | 'sex'
  | 'ethnicGroup'
  | 'nationality'
  | 'birthDate'
  | 'address'
  | 'number'
  | 'issuer'
  | 'validFrom'
  | 'validUntil'
  | 'permitNumber'
  | 'issueCount'
  | 'cardVersion'
  | 'oldNumberLink'
  | 'family';

/** Byte offset and length. */
type Slot = readonly [offset: number, bytes: number];
type Layout = Readonly<Partial<Record<SlotName, Slot>>>;

const FAMILY: Slot = [248, 2];
const FAMILY_LETTERS: Readonly<Record<CardKind, string>> = {
  'resident-id': '',
  'hk-mo-tw-residence-permit': 'J',
  'foreign-permanent-resident-2017': 'I',
  'foreign-permanent-resident-2023': 'Y',
};

/** GA/T 490 for resident cards; the others as vendors quote the authority's adaptation documents. */
const LAYOUTS: Readonly<Record<CardKind, Layout>> = {
  'resident-id': {
    name: [0, 30],
    sex: [30, 2],
    ethnicGroup: [32, 4],
    birthDate: [36, 16],
    address: [52, 70],
    number: [122, 36],
    issuer: [158, 30],
    validFrom: [188, 16],
    validUntil: [204, 16],
  },
  'hk-mo-tw-residence-permit': {
    name: [0, 30],
    sex: [30, 2],
    birthDate: [36, 16],
    address: [52, 70],
    number: [122, 36],
    issuer: [158, 30],
    validFrom: [188, 16],
    validUntil: [204, 16],
    permitNumber: [220, 18],
    issueCount: [238, 4],
    family: FAMILY,
  },
  'foreign-permanent-resident-2017': {
    nameLatin: [0, 120],
    sex: [120, 2],
    number: [122, 30],
    nationality: [152, 6],
    name: [158, 30],
    validFrom: [188, 16],
    validUntil: [204, 16],
    birthDate: [220, 16],
    cardVersion: [236, 4],
    issuer: [240, 8],
    family: FAMILY,
  },
  'foreign-permanent-resident-2023': {
    name: [0, 30],
    sex: [30, 2],
    issueCount: [32, 4],
    birthDate: [36, 16],
    nameLatin: [52, 70],
    number: [122, 36],
    validFrom: [188, 16],
    validUntil: [204, 16],
    // Vendors call these eleven characters the name continued, or spare: read as what is too long for the first slot.
    nameLatinMore: [220, 22],
    nationality: [242, 6],
    family: FAMILY,
    oldNumberLink: [250, 6],
  },
};

export type TextBlock =
  | { readonly ok: true; readonly fields: CardFields }
  /** `slot` names the place that does not hold what the layout says; never its content. */
  | { readonly ok: false; readonly slot: string };

class BadSlot extends Error {
  readonly slot: string;
  constructor(slot: string) {
    super(slot);
    this.slot = slot;
  }
}

/** Reads the 256 bytes of text of any of the four kinds of card. Never throws. */
export function parseTextBlock(bytes: Uint8Array): TextBlock {
  if (bytes.length !== TEXT_BYTES) return { ok: false, slot: 'length' };
  try {
    return { ok: true, fields: parseFields(bytes) };
  } catch (error) {
    if (error instanceof BadSlot) return { ok: false, slot: error.slot };
    throw error;
  }
}

function parseFields(bytes: Uint8Array): CardFields {
  const kind = kindOf(bytes);
  const layout = LAYOUTS[kind];
  const text = (name: SlotName) => readSlot(bytes, layout, name);
  const nameLatin = latinName(bytes, layout);
  const name = text('name') || nameLatin;
  const sex = sexFromCode(text('sex'));
  if (sex === undefined) throw new BadSlot('sex');
  const validUntil = text('validUntil');
  return {
    kind,
    name,
    ...optional('nameLatin', nameLatin),
    sex,
    ...optional('ethnicGroup', matching('ethnicGroup', text('ethnicGroup'), /^(\d\d)?$/)),
    ...optional('nationality', matching('nationality', text('nationality'), /^([A-Z]{3})?$/)),
    birthDate: date('birthDate', text('birthDate')),
    ...optional('address', text('address')),
    number: matching('number', text('number'), /^[0-9A-Z]{15,18}$/),
    ...optional('issuer', text('issuer')),
    validFrom: date('validFrom', text('validFrom')),
    validUntil: validUntil === LONG_TERM ? 'long-term' : date('validUntil', validUntil),
    ...optional('permitNumber', text('permitNumber')),
    ...count(matching('issueCount', text('issueCount'), /^(\d\d)?$/)),
    ...optional('oldNumberLink', text('oldNumberLink')),
    ...optional('cardVersion', text('cardVersion')),
  };
}

/** The family is told by one character; anything that is none of the three letters is a resident ID card. */
function kindOf(bytes: Uint8Array): CardKind {
  const letter = decode(bytes, FAMILY);
  for (const [kind, each] of Object.entries(FAMILY_LETTERS)) {
    if (each !== '' && each === letter) return kind as CardKind;
  }
  return 'resident-id';
}

function readSlot(bytes: Uint8Array, layout: Layout, name: SlotName): string {
  const slot = layout[name];
  if (slot === undefined) return '';
  const text = trimPadding(decode(bytes, slot));
  if (hasControl(text)) throw new BadSlot(name);
  return text;
}

/** Long Latin names go on in a second slot: in mid-word where the first is full, with a new word where it is not. */
function latinName(bytes: Uint8Array, layout: Layout): string {
  const first = readSlot(bytes, layout, 'nameLatin');
  const more = readSlot(bytes, layout, 'nameLatinMore');
  if (more === '') return first;
  const full = first.length === (layout.nameLatin?.[1] ?? 0) / 2;
  return `${first}${full ? '' : ' '}${more}`.replace(/[ \u3000]+/g, ' ').trimStart();
}

/** A unit without its other half becomes U+FFFD: a name is never refused for a rare character. */
function decode(bytes: Uint8Array, [offset, length]: Slot): string {
  return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes.subarray(offset, offset + length));
}

/** Only the right end is trimmed: foreign names have spaces inside. NUL and the wide space are tolerated as padding. */
function trimPadding(text: string): string {
  let end = text.length;
  while (end > 0 && '\u0000\u0020\u3000'.includes(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

/** Control characters could steer a technician's console. */
function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function matching(slot: SlotName, text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new BadSlot(slot);
  return text;
}

function date(slot: SlotName, text: string): string {
  const parsed = parseCompactDate(text);
  if (parsed === undefined) throw new BadSlot(slot);
  return parsed;
}

function optional<Key extends keyof CardFields>(key: Key, text: string): { [K in Key]?: string } {
  return text === '' ? {} : ({ [key]: text } as { [K in Key]?: string });
}

function count(text: string): { issueCount?: number } {
  return text === '' ? {} : { issueCount: Number(text) };
}

/** Writes fields as the 256 bytes of their kind of card, for the simulated module and for round trips. */
export function encodeTextBlock(fields: CardFields): Uint8Array {
  const bytes = Buffer.alloc(TEXT_BYTES);
  for (let offset = 0; offset < TEXT_BYTES; offset += 2) bytes.writeUInt16LE(0x20, offset);
  const layout = LAYOUTS[fields.kind];
  const [latin, latinMore] = splitLatin(fields.nameLatin ?? '', layout);
  const values: Readonly<Record<SlotName, string>> = {
    // A holder without a Chinese name has the Latin one as name; on the card the Chinese slot is blank.
    name: fields.name === fields.nameLatin ? '' : fields.name,
    nameLatin: latin,
    nameLatinMore: latinMore,
    sex: sexToCode(fields.sex),
    ethnicGroup: fields.ethnicGroup ?? '',
    nationality: fields.nationality ?? '',
    birthDate: fields.birthDate.replaceAll('-', ''),
    address: fields.address ?? '',
    number: fields.number,
    issuer: fields.issuer ?? '',
    validFrom: fields.validFrom.replaceAll('-', ''),
    validUntil: fields.validUntil === 'long-term' ? LONG_TERM : fields.validUntil.replaceAll('-', ''),
    permitNumber: fields.permitNumber ?? '',
    issueCount: fields.issueCount === undefined ? '' : String(fields.issueCount).padStart(2, '0'),
    cardVersion: fields.cardVersion ?? '',
    oldNumberLink: fields.oldNumberLink ?? '',
    family: FAMILY_LETTERS[fields.kind],
  };
  for (const [name, slot] of Object.entries(layout) as [SlotName, Slot][]) {
    const [offset, length] = slot;
    const encoded = Buffer.from(values[name], 'utf16le');
    if (encoded.length > length) throw new RangeError(`${name} is longer than ${length / 2} UTF-16 units`);
    encoded.copy(bytes, offset);
  }
  return Uint8Array.from(bytes);
}

function splitLatin(text: string, layout: Layout): [string, string] {
  const units = (layout.nameLatin?.[1] ?? 0) / 2;
  return layout.nameLatinMore === undefined ? [text, ''] : [text.slice(0, units), text.slice(units)];
}
