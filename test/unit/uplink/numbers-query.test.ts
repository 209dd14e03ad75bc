import { describe, expect, it } from 'vitest';
import type { Clock } from '#built/clock/port.js';
import type { TerminalIdentity } from '#built/identity/port.js';
import { createNumbersQuery } from '#built/uplink/numbers-query.js';

describe('the question for numbers', () => {
  it('is given up in time where the broker does not even acknowledge it', async () => {
    const clock = {
      now: () => ({ at: '2026-11-24T12:00:00.000Z', confidence: 'synchronised', elapsedMs: 0 }),
      sleep: async () => {},
    } as unknown as Clock;
    const identity = {
      terminal: 't-1',
      envelope: { seal: async () => 'sealed' },
      signer: { sign: async () => 'signed' },
    } as unknown as TerminalIdentity;
    const query = createNumbersQuery(identity, { clock, send: () => new Promise(() => {}) });
    const asked = query.ask({ number: '11010119900101001X', name: 'A' }, new AbortController().signal);
    await expect(asked).rejects.toMatchObject({ code: 'UPLINK_TIMEOUT' });
  });
});
