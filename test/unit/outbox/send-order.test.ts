import { describe, expect, it } from 'vitest';
import { SendOrder } from '#built/outbox/send-order.js';

const NONE: ReadonlySet<number> = new Set();

describe('the order of sending', () => {
  it('doubles the wait from 30 s up to 15 minutes', () => {
    let now = 0;
    const order = new SendOrder(() => now);
    const waits: number[] = [];
    for (let attempts = 1; attempts <= 8; attempts++) {
      order.sent(1, attempts);
      const sentAt = now;
      while (order.urgent(NONE).length === 0) now += 1000;
      waits.push((now - sentAt) / 1000);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
  });

  it('is live for a minute, and never holds more live ones than a counter can make', () => {
    let now = 0;
    const order = new SendOrder(() => now);
    for (let seq = 1; seq <= 1000; seq++) order.appended(seq);
    expect(order.urgent(NONE)).toHaveLength(200);
    expect(order.urgent(NONE)[0]).toBe(801);
    now = 60_000;
    expect(order.urgent(NONE)).toEqual([]);
  });

  it('keeps a note to be written until the disk has just that one', () => {
    const order = new SendOrder(() => 0);
    order.sent(1, 1);
    order.sent(2, 1);
    const marks = order.unwritten();
    order.sent(2, 2);
    order.written(marks);
    expect(order.unwritten()).toEqual([{ seq: 2, attempts: 2 }]);
    order.confirmed(2);
    expect(order.unwrittenCount).toBe(0);
    expect(order.sentCount).toBe(1);
  });

  it('gives what an earlier process sent at once, oldest first', () => {
    const order = new SendOrder(() => 5);
    order.sentBefore(9, 3);
    order.sentBefore(4, 1);
    expect(order.urgent(NONE)).toEqual([4, 9]);
    expect(order.urgent(new Set([4]))).toEqual([9]);
    expect(order.attemptsOf(9)).toBe(3);
  });
});
