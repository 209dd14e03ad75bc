import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTerminalWorld, type Service, type TerminalWorld } from './terminal-world.js';

describe('a terminal whose parts are missing', () => {
  let world: TerminalWorld;
  let service: Service;

  beforeAll(async () => {
    world = await createTerminalWorld({
      reader: { path: '/dev/no-such-reader' },
      camera: { driver: 'stream', command: ['/bin/false'] },
      face: { models: '/nonexistent' },
      photoDecoder: { driver: 'none' },
    });
    service = await world.startService();
  }, 120_000);
  afterAll(() => world.close());

  it('starts all the same, and says on the page which parts it is out of service for', async () => {
    const view = await service.page.until(({ stage }) => stage === 'out-of-service', 60_000, 'the bad news');
    // Without a photo decoder people are served by hand, so it is not among them.
    expect([...(view.faults ?? [])].sort()).toEqual(['camera', 'face', 'reader']);
  }, 90_000);

  it('begins no visit', async () => {
    await expect(service.page.start('new-number')).rejects.toThrow('503');
  });
});
