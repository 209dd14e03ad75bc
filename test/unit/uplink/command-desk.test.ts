import { describe, expect, it } from 'vitest';
import type { Clock } from '#built/clock/port.js';
import type { Command } from '#built/contract/carrier-messages.js';
import { TYP } from '#built/contract/envelope.js';
import type { CommandResult } from '#built/contract/terminal-messages.js';
import { createCommandDesk } from '#built/uplink/command-desk.js';
import { uplinkFault } from '#built/uplink/errors.js';
import { createExecutor } from '#built/uplink/execute-command.js';
import type { CommandOutcome } from '#built/uplink/port.js';
import { createRate } from '#built/uplink/rate.js';

const at = '2026-11-24T12:00:00.000Z';
const clock = { now: () => ({ at, confidence: 'synchronised', elapsedMs: 0 }), elapsed: () => 0 } as Clock;
const commanded = (command: Command['command'], counter = 1): Command => ({
  ...{ terminal: 't-1', issuedAt: at, expiresAt: at, command, counter },
  id: `01890a5d-ac96-774b-bcce-b302099a80${String(counter).padStart(2, '0')}`,
});

/** A desk on facts that outlive it, with logs of two lines; `line.up` is whether results can be told. */
function openDesk(
  facts: Map<string, string>,
  line: { up: boolean },
  execute?: (command: Command) => Promise<CommandOutcome>,
  disk = { fails: false },
) {
  const told: CommandResult[] = [];
  const restarts: string[] = [];
  const desk = createCommandDesk({
    outbox: {
      remember: async (key, value) => void facts.set(key, value),
      recall: async (key) => {
        if (disk.fails) throw new Error('the disk does not answer');
        return facts.get(key);
      },
    },
    clock,
    rate: createRate(2, () => 1),
    terminal: 't-1',
    execute:
      execute ??
      createExecutor({
        onRestart: (reason) => restarts.push(reason),
        recentLogs: () => ['{"msg":"one"}', '{"msg":"two"}'],
        envelope: { seal: async (typ, body) => `${typ} ${JSON.stringify(body)}` },
      }),
    tell: async (result) => {
      if (!line.up) throw new Error('no line');
      told.push(result);
    },
  });
  return { desk, told, restarts };
}
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const LOGS = `${TYP.logs} {"lines":["{\\"msg\\":\\"one\\"}","{\\"msg\\":\\"two\\"}"]}`;

describe('commands of the carrier', () => {
  it('collect-logs answers with the last lines, sealed, and keeps none of them', async () => {
    const facts = new Map<string, string>();
    const { desk, told } = openDesk(facts, { up: true });
    await desk.begin();
    expect(await desk.take(commanded('collect-logs'))).toBe('taken');
    await settle();
    expect(told).toMatchObject([{ result: 'done', detail: '2 lines', sealed: LOGS }]);
    expect([...facts.values()].join()).not.toContain('msg');
    // The same command again gets the same answer again.
    expect(await desk.take(commanded('collect-logs'))).toBe('replayed');
    await settle();
    expect(told.map(({ sealed }) => sealed)).toEqual([LOGS, LOGS]);
    // A later one has nothing of it.
    await desk.take(commanded('update', 2));
    await settle();
    expect(told[2]).toMatchObject({ result: 'refused' });
    expect(told[2]).not.toHaveProperty('sealed');
  });

  it('what was gathered waits for the next connection', async () => {
    const line = { up: false };
    const { desk, told } = openDesk(new Map(), line);
    await desk.begin();
    await desk.take(commanded('collect-logs'));
    await settle();
    line.up = true;
    desk.flush();
    await settle();
    expect(told).toMatchObject([{ result: 'done', sealed: LOGS }]);
  });

  /** What a new process tells of logs that the one before it gathered. */
  const toldAfterRestart = async (before: { up: boolean }): Promise<CommandResult[]> => {
    const facts = new Map<string, string>();
    const first = openDesk(facts, before);
    await first.desk.begin();
    await first.desk.take(commanded('collect-logs'));
    await settle();
    const { desk, told } = openDesk(facts, { up: true });
    await desk.begin();
    desk.flush();
    await settle();
    return told;
  };

  it('a restart before it was told is told: what was gathered is gone', async () => {
    const told = await toldAfterRestart({ up: false });
    expect(told).toMatchObject([{ result: 'failed', detail: 'interrupted' }]);
    expect(told[0]).not.toHaveProperty('sealed');
  });

  it('a restart after it was told changes nothing', async () => {
    expect(await toldAfterRestart({ up: true })).toEqual([]);
  });

  it('what only a new start can prove is told by the next process', async () => {
    const facts = new Map<string, string>();
    const outcome: CommandOutcome = { result: 'done', detail: 'a new key', afterRestart: true };
    const first = openDesk(facts, { up: true }, async () => outcome);
    await first.desk.begin();
    await first.desk.take(commanded('rotate-keys'));
    await settle();
    // The line may come back before the restart, and the command may come again.
    first.desk.flush();
    await first.desk.take(commanded('rotate-keys'));
    await settle();
    expect(first.told).toEqual([]);
    const { desk, told } = openDesk(facts, { up: true });
    await desk.begin();
    desk.flush();
    await settle();
    expect(told).toMatchObject([{ result: 'done', detail: 'a new key' }]);
    expect(told[0]).not.toHaveProperty('afterRestart');
  });

  it('a fault is told by its code and its problem; of anything else no more than the kind', async () => {
    const details: (string | undefined)[] = [];
    for (const error of [
      uplinkFault('REFUSED', { details: { reason: 135 } }),
      uplinkFault('TIMEOUT'),
      new TypeError('a secret'),
    ]) {
      const { desk, told } = openDesk(new Map(), { up: true }, () => Promise.reject(error));
      await desk.begin();
      await desk.take(commanded('rotate-keys'));
      await settle();
      details.push(told[0]?.detail);
    }
    expect(details).toEqual(['UPLINK_REFUSED: 135', 'UPLINK_TIMEOUT', 'TypeError']);
  });

  it.each(['rotate-keys', 'update'] as const)('%s is refused where a technician does it', async (command) => {
    const execute = createExecutor({ onRestart: () => {}, envelope: { seal: async () => '' } });
    expect(await execute(commanded(command))).toMatchObject({
      result: 'refused',
      detail: expect.stringContaining('technician'),
    });
  });

  it('is refused where no log is kept', async () => {
    const execute = createExecutor({ onRestart: () => {}, envelope: { seal: async () => '' } });
    expect(await execute(commanded('collect-logs'))).toMatchObject({ result: 'refused' });
  });

  it('executes nothing while it cannot be read which commands came before', async () => {
    const facts = new Map<string, string>();
    const before = openDesk(facts, { up: true });
    await before.desk.begin();
    await before.desk.take(commanded('reload', 2));
    await settle();
    const executed: number[] = [];
    const disk = { fails: true };
    const { desk, told } = openDesk(
      facts,
      { up: true },
      async ({ counter }) => {
        executed.push(counter);
        return { result: 'done' };
      },
      disk,
    );
    await expect(desk.begin()).rejects.toThrow();
    await expect(desk.take(commanded('reload', 1))).rejects.toThrow();
    // Once the disk is well again, what is known counts again.
    disk.fails = false;
    expect(await desk.take(commanded('reload', 1))).toBe('replayed');
    expect(await desk.take(commanded('reload', 3))).toBe('taken');
    await settle();
    expect(executed).toEqual([3]);
    expect(told).toMatchObject([{ result: 'done' }]);
  });
});
