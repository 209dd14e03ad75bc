import { createHash } from 'node:crypto';
import type { AnswerBody } from '../contract/carrier-messages.js';

/** Invented numbers, the same for the same holder each time: two phones and a line at home. */
export function inventedNumbers({ number }: { readonly number: string }): AnswerBody['numbers'] {
  const seed = createHash('sha256').update(number).digest();
  const digits = (at: number): string => String(seed.readUInt16BE(at) % 10_000).padStart(4, '0');
  const ref = (at: number): string => seed.subarray(at, at + 9).toString('base64url');
  return [
    { ref: ref(0), masked: `138****${digits(0)}`, kind: 'mobile', since: '2016-03-08' },
    { ref: ref(9), masked: `177****${digits(2)}`, kind: 'mobile', since: '2021-11-20' },
    { ref: ref(18), masked: `0571-****${digits(4)}`, kind: 'internet', since: '2019-06-01' },
  ];
}
