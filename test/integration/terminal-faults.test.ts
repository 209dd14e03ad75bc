import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReferenceCarrier } from '#built/carrier/reference-carrier.js';
import { createTerminalWorld, type Service, TERMINAL, type TerminalWorld } from './terminal-world.js';

const WAIT = { timeout: 60_000, interval: 50 };

describe('the running terminal, when things are taken away from it', () => {
  let world: TerminalWorld;
  let service: Service;
  let person: string;

  const reports = () => world.carrier.reports.map(({ report }) => report);
  const verified = () => world.visit(service, { service: 'new-number', people: [{ person, card: person }] });
  const leave = async () => {
    await service.page.act({ type: 'finish' });
    await service.page.until(({ stage }) => stage === 'idle', 20_000, 'the counter to be free');
  };

  beforeAll(async () => {
    world = await createTerminalWorld();
    person = world.devices.people()[0]?.id ?? '';
    service = await world.startService();
  }, 120_000);
  afterAll(() => world.close());

  it('says yes with the broker gone and keeps the report over SIGKILL until the carrier has it, once', async () => {
    expect((await verified()).outcome).toBe('verified');
    await expect.poll(() => reports().length, WAIT).toBe(1);
    await leave();

    await world.broker.stop('SIGKILL');
    await service.page.until(({ offline }) => offline === true, 60_000, 'the loss of the line');
    const offline = await verified();
    expect(offline).toMatchObject({ outcome: 'verified', offline: true });
    expect(await service.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });

    await world.broker.start();
    service = await world.startService();
    await expect.poll(() => reports().length, WAIT).toBe(2);
    expect(reports().map(({ seq }) => seq)).toEqual([1, 2]);
    expect(reports()[1]?.id).toBe(offline.visitId);
    expect(await world.audit()).toEqual({ last: 2, missing: [], broken: [] });
  }, 180_000);

  it.each(['consent', 'card', 'face'] as const)(
    'killed in the %s stage, starts again clean: no half visit, and the next one is whole',
    async (stage) => {
      const before = reports().length;
      await world.devices.choose({ person: null, card: null });
      await service.page.start('new-number');
      await service.page.until((view) => view.stage === 'consent', 20_000, 'the consent page');
      if (stage !== 'consent') {
        await service.page.act({ type: 'consent', given: true });
        // Nobody stands before the camera: the face stage lasts.
        if (stage === 'face') await world.devices.choose({ person: null, card: person });
      }
      await service.page.until((view) => view.stage === stage, 20_000, `the ${stage} page`);
      await service.stop('SIGKILL');
      await world.devices.choose({ card: null });

      service = await world.startService();
      expect(service.page.view()).toMatchObject({ stage: 'idle' });
      expect((await verified()).outcome).toBe('verified');
      await expect.poll(() => reports().length, WAIT).toBe(before + 1);
      expect(await world.audit()).toEqual({ last: before + 1, missing: [], broken: [] });
      await leave();
    },
    180_000,
  );

  it('ends on SIGTERM in the middle of a visit with code 0, and the broken-off visit is reported as failed', async () => {
    const before = reports().length;
    await service.page.start('internet-access');
    await service.page.until((view) => view.stage === 'consent', 20_000, 'the consent page');
    expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    service = await world.startService();
    await expect.poll(() => reports().length, WAIT).toBe(before + 1);
    expect(reports().at(-1)).toMatchObject({ outcome: 'failed', reasons: ['terminal-stopped'] });
  }, 120_000);

  it('gives its log to the carrier that asks, from the running service', async () => {
    const gathered: (readonly string[] | undefined)[] = [];
    const link = await startReferenceCarrier(
      { url: world.broker.url, hears: ['commandResult'] },
      {
        carrier: world.carrier.carrier,
        numbersOf: () => [],
        onCommandResult: (_result, logs) => gathered.push(logs),
      },
    );
    await link.sendCommand({ terminal: TERMINAL, command: 'collect-logs' });
    await expect.poll(() => gathered.length, WAIT).toBe(1);
    await link.close();
    const [lines = []] = gathered;
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toContain('ready');
    expect(service.log).toEqual(expect.arrayContaining([...lines]));
  }, 120_000);

  it('logs neither a name nor a number', async () => {
    const { name, number } = world.devices.card(person).fields;
    const log = service.log.join('\n');
    expect(log).not.toContain(name);
    expect(log).not.toContain(number);
    expect(log.length).toBeGreaterThan(100);
  });
});
