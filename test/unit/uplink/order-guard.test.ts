import { describe, expect, it } from 'vitest';
import type { Order } from '#built/contract/carrier-messages.js';
import { createOrderGuard } from '#built/uplink/order-guard.js';

const at = (minute: number): string => `2026-11-24T12:${String(minute).padStart(2, '0')}:00.000Z`;
const order = (orderId: string, issued: number, expires: number): Order => ({
  terminal: 't-1',
  orderId,
  service: 'new-number',
  issuedAt: at(issued),
  expiresAt: at(expires),
});

function guardOn(facts: Map<string, string>) {
  return createOrderGuard({
    remember: async (key, value) => void facts.set(key, value),
    recall: async (key) => facts.get(key),
  });
}

describe('the guard against orders that come twice', () => {
  it('refuses an order that expired and was forgotten, also when a start without battery clock lies before its expiry', async () => {
    const facts = new Map<string, string>();
    const first = order('first', 0, 10);
    expect(await guardOn(facts).admit(first, at(1))).toBe(true);
    // By now the first is expired, and its place is given away.
    expect(await guardOn(facts).admit(order('second', 11, 21), at(12))).toBe(true);
    // The clock wakes at the last floor that was recorded, up to ten minutes ago.
    expect(await guardOn(facts).admit(first, at(5))).toBe(false);
    expect(await guardOn(facts).admit(order('third', 11, 21), at(5))).toBe(true);
  });

  it('reads what an earlier version remembered', async () => {
    const facts = new Map([
      ['uplink/orders', JSON.stringify({ after: '', seen: [['known', at(10), at(0)]] })],
    ]);
    const guard = guardOn(facts);
    expect(await guard.admit(order('known', 0, 10), at(1))).toBe(false);
    expect(await guard.admit(order('new', 0, 10), at(1))).toBe(true);
  });
});
