import { getEventListeners } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CardReader, ReaderEvent } from '#built/card/port.js';
import { createSamVReader } from '#built/card/sam-v-driver.js';
import type { SimulatedCard } from '#built/simulator/reader/card-file.js';
import type { FaultInput } from '#built/simulator/reader/faults.js';
import { SimulatedReader } from '#built/simulator/reader/simulated-reader.js';
import { emptyPhoto, PERMIT, RESIDENT, SPECIMENS } from '../unit/card/specimens.js';
import { steadyClock } from '../unit/card/steady-clock.js';

// Far sides are processes: on a machine with much else to do that alone takes seconds.
vi.setConfig({ testTimeout: 120_000 });

const CARD: SimulatedCard = { fields: RESIDENT, photo: emptyPhoto(), notGenuine: false, addresses: [] };

/** What a driver must offer so that the contract can be tried on it. */
interface Stage {
  reader: CardReader;
  place(card: SimulatedCard): void;
  lift(): void;
  fault(fault: FaultInput): void;
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  /** Commands that have arrived. */
  readonly heard: readonly string[];
  strike(): Promise<void>;
}

/** Far more than it takes, even where many tests share a machine. */
const PATIENCE = { timeout: 60_000, interval: 10 };

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'card-contract-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function samVOnPty(): Promise<Stage> {
  const link = join(directory, 'reader');
  const heard: string[] = [];
  const far = await SimulatedReader.start({
    link,
    record: (record) => {
      if (record.record === 'command') heard.push(record.command);
    },
  });
  const reader = createSamVReader({ path: link, baudRate: 'auto', pollMs: 300 }, { clock: steadyClock });
  return {
    reader,
    place: (card) => far.place(card),
    lift: () => far.lift(),
    fault: (fault) => far.addFault(fault),
    unplug: () => far.unplug(),
    plugIn: () => far.plugIn(),
    heard,
    strike: async () => {
      await reader.close();
      await far.stop();
    },
  };
}

describe.each([['SAM_V over a pseudo terminal', samVOnPty]])(
  'the contract of a card reader: %s',
  (_name, raise) => {
    let stage: Stage;
    const signal = () => AbortSignal.timeout(PATIENCE.timeout);
    /** The reader has asked whether a card is there. */
    const looked = () => vi.waitFor(() => expect(stage.heard).toContain('find'), PATIENCE);

    beforeEach(async () => {
      stage = await raise();
    });
    afterEach(() => stage.strike());

    test.each(SPECIMENS.map((fields) => [fields.kind, fields] as const))(
      'reads a %s',
      async (_kind, fields) => {
        stage.place({ ...CARD, fields });
        const read = await stage.reader.read(signal());
        expect(read.fields).toEqual(fields);
        expect(read.photo).toMatchObject({ kind: 'wlt' });
        expect(read.photo?.bytes).toEqual(emptyPhoto());
        expect(read.samId).not.toBe('');
      },
    );

    test('waits for a card, and tells what it sees', async () => {
      const told: ReaderEvent[] = [];
      const promise = stage.reader.read(signal(), (event) => told.push(event));
      await looked();
      stage.place(CARD);
      await promise;
      expect(told[0]).toEqual({ type: 'waiting' });
      expect(told).toContainEqual({ type: 'found' });
      expect(told.at(-1)).toEqual({ type: 'reading', received: 1295, expected: 1295 });
    });

    test('one read at a time', async () => {
      const stop = new AbortController();
      const first = stage.reader.read(stop.signal);
      first.catch(() => {});
      await expect(stage.reader.read(signal())).rejects.toMatchObject({ code: 'CARD_READER_BUSY' });
      stop.abort();
      await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    });

    test('a card that lay there already does not count until it was lifted', async () => {
      stage.place(CARD);
      await stage.reader.read(signal());
      const second = stage.reader.read(signal());
      const early = await Promise.race([second.then(() => 'read'), sleep(1000).then(() => 'waited')]);
      expect(early).toBe('waited');
      stage.lift();
      stage.place({ ...CARD, fields: PERMIT });
      expect((await second).fields.kind).toBe(PERMIT.kind);
    });

    test('an abort at any moment leaves the reader ready and no listener on the signal', async () => {
      for (const moment of [0, 1, 5, 50, 320]) {
        const stop = new AbortController();
        const promise = stage.reader.read(stop.signal);
        promise.catch(() => {});
        await sleep(moment);
        stop.abort();
        await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
        expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
      }
      stage.place(CARD);
      expect((await stage.reader.read(signal())).fields).toEqual(RESIDENT);
    });

    test('a card that the module holds for false is refused as such', async () => {
      stage.place({ ...CARD, notGenuine: true });
      await expect(stage.reader.read(signal())).rejects.toMatchObject({ code: 'CARD_NOT_GENUINE' });
    });

    test('a card taken away in mid-read is told and waited out', async () => {
      stage.place(CARD);
      stage.fault({ on: 'read', do: { lift: true } });
      const told: ReaderEvent[] = [];
      const promise = stage.reader.read(signal(), (event) => told.push(event));
      await vi.waitFor(
        () => expect(told).toContainEqual({ type: 'place-again', code: 'CARD_READ_FAILED' }),
        PATIENCE,
      );
      stage.place(CARD);
      expect((await promise).fields).toEqual(RESIDENT);
    });

    test.each<[string, FaultInput]>([
      ['one byte at a time', { on: 'read', do: { chunkBytes: 1 } }],
      ['64 bytes at a time', { on: 'read', do: { chunkBytes: 64 } }],
      ['behind 4 kB of noise', { on: 'read', do: { noiseBefore: 4096 } }],
      ['with the card’s own status set', { on: 'any', times: 100, do: { sw1: 0x69, sw2: 0x82 } }],
    ])('an answer that comes %s is read', async (_how, fault) => {
      stage.fault(fault);
      stage.place(CARD);
      expect((await stage.reader.read(signal())).fields).toEqual(RESIDENT);
    });

    test.each<[string, FaultInput]>([
      ['damaged', { on: 'find', do: { corrupt: true } }],
      ['cut short', { on: 'find', do: { cutAfter: 9 } }],
      ['missing', { on: 'select', do: { silent: true } }],
      ['late', { on: 'find', do: { delayMs: 1300 } }],
    ])('an answer that is %s costs a moment, not the read', async (_how, fault) => {
      stage.fault(fault);
      stage.place(CARD);
      expect((await stage.reader.read(signal())).fields).toEqual(RESIDENT);
    });

    test('a port that goes away ends the read, and the next one opens it again', async () => {
      const promise = stage.reader.read(signal());
      promise.catch(() => {});
      await looked();
      await stage.unplug();
      await expect(promise).rejects.toMatchObject({ code: 'CARD_READER_GONE', cure: 'operator' });
      await stage.plugIn();
      stage.place(CARD);
      expect((await stage.reader.read(signal())).fields).toEqual(RESIDENT);
    });

    test('its own examination tells the module and how it is reached, or what to do', async () => {
      expect(await stage.reader.check()).toMatchObject({
        name: 'reader',
        ok: true,
        module: { samId: '05.01-20260101-0000000001-0000000001', baudRate: 115_200 },
      });
      await stage.unplug();
      const check = await stage.reader.check();
      expect(check.ok).toBe(false);
      expect(check.advice).toBeTruthy();
      await stage.plugIn();
      expect(await stage.reader.check()).toMatchObject({ ok: true });
    });

    test('closing may be done twice and ends a read', async () => {
      const promise = stage.reader.read(signal());
      promise.catch(() => {});
      await looked();
      await stage.reader.close();
      await stage.reader.close();
      await expect(promise).rejects.toMatchObject({ name: 'AbortError' });
      expect((await stage.reader.check()).ok).toBe(false);
    });
  },
);
