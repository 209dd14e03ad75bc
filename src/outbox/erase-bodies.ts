import {
  encodeFrame,
  HEADER_BYTES,
  type LoggedFact,
  type LogRecord,
  recordIn,
  wholeFrames,
  withHeader,
} from './frames.js';

export interface Needed {
  /** Is any body needed? Where none is, no report has to be taken apart. */
  readonly anyBody: boolean;
  body(seq: number): boolean;
  fact(fact: LoggedFact): boolean;
}

/** How a record begins and where its body begins: no string in JSON can hold these, because its quotes are escaped. */
const CONFIRMED = Buffer.from('{"type":"confirmed"');
const REPORT = Buffer.from('{"type":"report"');
const BODY = Buffer.from(',"jws":"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * A segment without the bodies and facts that nobody needs. Bodies are cut out of their frames as bytes: to read and
 * write them as JSON, of which only hashes and numbers stay, was about a tenth of what draining a queue costs.
 */
export function eraseFrom(segment: Buffer, needed: Needed): { bytes: Buffer; damagedBytes: number } {
  const { frames, damagedBytes } = wholeFrames(segment);
  return { bytes: Buffer.concat(frames.flatMap((frame) => erased(frame, needed))), damagedBytes };
}

function erased(frame: Buffer, needed: Needed): Buffer[] {
  const payload = frame.subarray(HEADER_BYTES);
  if (begins(payload, CONFIRMED)) return [frame];
  const cut = begins(payload, REPORT) && !needed.anyBody ? withoutBody(frame) : undefined;
  if (cut !== undefined) return [cut];
  const record = recordIn(payload);
  // What is whole and yet no record of this version is not for us to take away.
  if (record === undefined || !isToBeChanged(record, needed)) return [frame];
  if (record.type !== 'report') return [];
  const { jws: _erased, ...rest } = record;
  return [encodeFrame(rest)];
}

function isToBeChanged(record: LogRecord, needed: Needed): boolean {
  if (record.type === 'fact') return !needed.fact(record);
  return record.type === 'report' && record.jws !== undefined && !needed.body(record.seq);
}

/** @returns undefined where the body cannot be cut out as it stands */
function withoutBody(frame: Buffer): Buffer | undefined {
  const from = frame.indexOf(BODY, HEADER_BYTES);
  if (from < 0) return frame;
  const end = frame.indexOf(QUOTE, from + BODY.length);
  if (end < 0 || frame.subarray(from, end).includes(BACKSLASH)) return undefined;
  return withHeader(Buffer.concat([frame.subarray(0, from), frame.subarray(end + 1)]));
}

function begins(payload: Buffer, prefix: Buffer): boolean {
  return payload.length >= prefix.length && payload.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}
