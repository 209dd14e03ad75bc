import type { Carrier } from '../../carrier/carrier.js';
import {
  type Heard,
  type ReferenceCarrier,
  type ReferenceCarrierDeps,
  startReferenceCarrier,
} from '../../carrier/reference-carrier.js';
import { note } from '../output.js';
import { brokerConnection, withCarrier } from './directory.js';
import type { PlaceOptions } from './options.js';

export interface SendOptions extends PlaceOptions {
  readonly broker: string;
  readonly terminal: string;
  /** Seconds. */
  readonly validFor: number;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** The carrier of a directory at a broker, for as long as `work` lasts. */
export async function withLink(
  options: SendOptions,
  hears: readonly Heard[],
  heard: Pick<ReferenceCarrierDeps, 'onOrderState' | 'onCommandResult'>,
  work: (link: ReferenceCarrier, carrier: Carrier) => Promise<void>,
): Promise<void> {
  const { broker: url, directory } = options;
  const connection = await brokerConnection(directory, url);
  await withCarrier(options, async (carrier) => {
    const link = await startReferenceCarrier(
      { url, connection, hears },
      { carrier, numbersOf: () => [], ...heard },
    );
    try {
      await work(link, carrier);
    } finally {
      await link.close();
    }
  });
}

/** Passes on what comes to whoever waits for the right one. */
export function listener<
  Told extends object = Parameters<NonNullable<ReferenceCarrierDeps['onOrderState']>>[0],
>() {
  const all: Told[] = [];
  let look: (told: Told) => void = () => {};
  return {
    tell(told: Told): void {
      all.push(told);
      look(told);
    },
    /** Resolves with what `wanted` gives, or with undefined when the time is over. */
    until: <Result>(
      seconds: number,
      wanted: (told: Told) => Result | undefined,
    ): Promise<Result | undefined> =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          note('Nothing was told before it expired.');
          resolve(undefined);
        }, seconds * 1000);
        look = (told) => {
          const result = wanted(told);
          if (result === undefined) return;
          clearTimeout(timer);
          resolve(result);
        };
        // An answer may come before whoever asked has begun to wait.
        for (const told of all) look(told);
      }),
  };
}
