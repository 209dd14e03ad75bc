import { readFile } from 'node:fs/promises';
import { createTerminalWorld } from '../integration/terminal-world.js';

const VISITS = 5;

/** Of the service's own process, in MB: now, and the most since it began. */
async function memoryOf(pid: number): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mb = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { now: mb('VmRSS'), peak: mb('VmHWM') };
}

/** The whole service, as systemd starts it, with simulated devices in processes of their own. */
export async function bench() {
  const world = await createTerminalWorld();
  try {
    const begun = performance.now();
    const service = await world.startService();
    const readyMs = performance.now() - begun;
    const idle = await memoryOf(service.pid);
    const person = world.devices.people()[0]?.id ?? '';
    const took: number[] = [];
    for (let visit = 0; visit < VISITS; visit++) {
      const from = performance.now();
      const { outcome } = await world.visit(service, {
        service: 'new-number',
        people: [{ person, card: person }],
      });
      if (outcome !== 'verified') throw new Error(`the visit ended ${outcome ?? 'without an outcome'}`);
      took.push(performance.now() - from);
      await service.page.act({ type: 'finish' });
    }
    const { now, peak } = await memoryOf(service.pid);
    took.sort((a, b) => a - b);
    return {
      name: 'terminal',
      figures: {
        'from start to ready, ms': readyMs,
        'one visit with nobody hesitating, median, ms': took[Math.floor(VISITS / 2)] ?? 0,
        'resident memory, idle, MB': idle.now,
        'resident memory after the visits, MB': now,
        'resident memory, peak, MB': peak,
        'peak: bar, MB': 250,
      },
    };
  } finally {
    await world.close();
  }
}
