import { describe, expect, it } from 'vitest';
import type { Clock } from '#built/clock/port.js';
import { createAnnouncer } from '#built/uplink/announcer.js';
import type { Wire } from '#built/uplink/wire.js';

const at = '2026-11-24T12:00:00.000Z';
const clock = { now: () => ({ at, confidence: 'synchronised', elapsedMs: 0 }), elapsed: () => 0 } as Clock;

describe('what the terminal says of itself', () => {
  it('tells a fault that came while the first words on a connection were under way', async () => {
    const said: unknown[] = [];
    let acknowledge = (): void => {};
    const wire = {
      publish: ({ payload }: { payload: string }) =>
        new Promise<void>((resolve) => {
          said.push(JSON.parse(payload));
          acknowledge = resolve;
        }),
    } as unknown as Wire;
    const announcer = createAnnouncer({ terminal: 't-1', software: 'countersign 1' }, { clock });
    const greeted = announcer.greet(wire);
    announcer.tellFaults(['CAMERA_LOST']);
    acknowledge();
    await greeted;
    announcer.up(wire);
    expect(said).toMatchObject([
      { state: 'online', reasons: [] },
      { state: 'degraded', reasons: ['CAMERA_LOST'] },
    ]);
    // Nothing changed: nothing to say.
    announcer.down();
    const again = announcer.greet(wire);
    acknowledge();
    await again;
    announcer.up(wire);
    expect(said).toHaveLength(3);
    announcer.close();
  });
});
