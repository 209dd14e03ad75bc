import { afterEach, expect } from 'vitest';
import type { CardReading, ReaderEvent, ReadWish } from '#built/card/port.js';
import type { SimulatedCard } from '#built/simulator/reader/card-file.js';
import { emptyPhoto, PERMIT, RESIDENT } from './specimens.js';
import { VirtualReader } from './virtual-reader.js';

export const CARD: SimulatedCard = {
  fields: RESIDENT,
  photo: emptyPhoto(),
  notGenuine: false,
  addresses: [],
};
export const OTHER: SimulatedCard = { ...CARD, fields: PERMIT };
export const always = (step: object) => Array.from({ length: 100 }, () => step);

/** The reader of the present test. */
export let reader: VirtualReader;

export function make(options: ConstructorParameters<typeof VirtualReader>[0] = {}): VirtualReader {
  reader = new VirtualReader(options);
  return reader;
}

/** Reads with everything that the person is told. */
export function read(
  signal = new AbortController().signal,
  wish?: ReadWish,
): { told: ReaderEvent[]; promise: Promise<CardReading> } {
  const told: ReaderEvent[] = [];
  return { told, promise: reader.machine.read(signal, (event) => told.push(event), wish) };
}

export function codesOf(told: readonly ReaderEvent[]): string[] {
  const lines = told.map((event) => (event.type === 'place-again' ? event.code : event.type));
  return lines.filter((line, index) => line !== lines[index - 1]);
}

/** After each test nothing may be open, and nobody asleep but answers that are still to come. */
export function nothingIsLeftOver(): void {
  afterEach(async () => {
    await reader.machine.close();
    expect(reader.open).toBe(0);
    expect(reader.timing.asleep).toBe(reader.late);
  });
}
