import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBackOff } from '#built/uplink/back-off.js';
import { uplinkFault } from '#built/uplink/errors.js';
import { createPacketMeter } from '#built/uplink/packet-meter.js';
import { createRate } from '#built/uplink/rate.js';
import { createSlots } from '#built/uplink/slots.js';

describe('the waits between attempts to connect', () => {
  it('lie between nothing and a window that doubles from 2 s to 300 s', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 }), (drawn) => {
        let at = 0;
        const backOff = createBackOff({ firstMs: 2000, mostMs: 300_000 }, () => drawn[at] ?? 0);
        for (; at < drawn.length; at++) {
          const wait = backOff.next();
          expect(wait).toBe(Math.round((drawn[at] ?? 0) * Math.min(300_000, 2000 * 2 ** at)));
        }
      }),
    );
  });

  it('are spread over 10 s after a loss, and never narrower than they had become when the connection did not hold', () => {
    const grown = (attempts: number) => {
      const backOff = createBackOff({ firstMs: 2000, mostMs: 300_000 }, () => 1);
      for (let i = 0; i < attempts; i++) backOff.next();
      return backOff;
    };
    const windowsAfter = (attempts: number, held: boolean) => {
      const backOff = grown(attempts);
      backOff.lost(held);
      return [backOff.next(), backOff.next(), backOff.next()];
    };
    expect(windowsAfter(0, true)).toEqual([10_000, 20_000, 40_000]);
    expect(windowsAfter(6, true)).toEqual([10_000, 20_000, 40_000]);
    expect(windowsAfter(0, false)).toEqual([10_000, 20_000, 40_000]);
    expect(windowsAfter(6, false)).toEqual([128_000, 256_000, 300_000]);
  });
});

describe('the rate of the backlog', () => {
  it('never gives more than the time that passed allows', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1000, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 100 }),
        (perSecond, steps) => {
          let now = 0;
          let taken = 0;
          const rate = createRate(perSecond, () => now);
          for (const step of steps) {
            now += step;
            while (rate.take()) taken++;
          }
          expect(taken).toBeLessThanOrEqual(1 + (now / 1000) * perSecond + 1e-6);
        },
      ),
    );
  });

  it('says how long to wait, and then gives', () => {
    let now = 0;
    const rate = createRate(4, () => now);
    expect(rate.take()).toBe(true);
    expect(rate.take()).toBe(false);
    now += rate.waitMs();
    expect(rate.take()).toBe(true);
    rate.set(1000);
    now += rate.waitMs();
    expect(rate.take()).toBe(true);
  });
});

describe('permits for unacknowledged messages', () => {
  it('are given in turn, and refused once the line is lost', () => {
    const slots = createSlots(2);
    const order: string[] = [];
    const take = (name: string): void =>
      slots.take(
        () => order.push(name),
        ({ code }) => order.push(`${name} ${code}`),
      );
    for (const name of ['first', 'second', 'third', 'fourth']) take(name);
    expect(order).toEqual(['first', 'second']);
    slots.free();
    expect(order).toEqual(['first', 'second', 'third']);
    slots.fail(uplinkFault('LOST'));
    take('fifth');
    expect(order.slice(3)).toEqual(['fourth UPLINK_LOST', 'fifth UPLINK_LOST']);
  });
});

describe('the meter of incoming packets', () => {
  /** A packet of MQTT with so many bytes after its header. */
  const packet = (length: number): Buffer => {
    const header = [0x30];
    let rest = length;
    do {
      const byte = rest % 128;
      rest = Math.floor(rest / 128);
      header.push(rest > 0 ? byte | 0x80 : byte);
    } while (rest > 0);
    return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
  };

  it('lets every stream of allowed packets through, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 20 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 500 })),
        (lengths, cuts) => {
          const meter = createPacketMeter(3000);
          const stream = Buffer.concat(lengths.map(packet));
          for (let at = 0; at < stream.length; ) {
            const step = cuts.next().value ?? 1;
            expect(meter.exceeds(stream.subarray(at, at + step))).toBe(false);
            at += step;
          }
        },
      ),
    );
  });

  it.each([
    ['one byte too many', packet(3001)],
    ['the most that MQTT can say', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])],
    ['a length of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01])],
  ])('stops at %s, after whatever came before', (_what, bytes) => {
    const meter = createPacketMeter(3000);
    expect(meter.exceeds(packet(17))).toBe(false);
    expect(meter.exceeds(bytes)).toBe(true);
  });
});
