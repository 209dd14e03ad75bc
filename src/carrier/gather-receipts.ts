import { setImmediate as nextTurn } from 'node:timers/promises';
import { MOST_RECEIPTED, type Received } from '../contract/carrier-messages.js';

/** A broker hands a train of reports on piece by piece; with fewer turns it is receipted in pieces too. */
const QUIET_TURNS = 2;

/**
 * Gathers what is to be receipted to one terminal until a few turns of the event loop bring no more, so that one
 * signature serves a backlog's many reports: making and checking signatures is most of what a drained queue costs both
 * sides. No clock is waited for: where nothing else comes, the turns are over in microseconds.
 *
 * @param send makes the receipt and sends it
 * @returns resolves when the receipt that speaks of this report was sent
 */
export function createGathering(
  send: (terminal: string, received: readonly Received[]) => Promise<void>,
): (terminal: string, received: Received) => Promise<void> {
  const open = new Map<string, { readonly all: Received[]; readonly sent: Promise<void> }>();

  const begin = (terminal: string, first: Received): Promise<void> => {
    const all = [first];
    const sent = noMoreTo(all).then(() => {
      if (open.get(terminal)?.all === all) open.delete(terminal);
      return send(terminal, all);
    });
    open.set(terminal, { all, sent });
    return sent;
  };

  return (terminal, received) => {
    const present = open.get(terminal);
    if (present === undefined || present.all.length >= MOST_RECEIPTED) return begin(terminal, received);
    present.all.push(received);
    return present.sent;
  };
}

/** Resolves when enough turns of the loop brought no more, or when it is full. */
async function noMoreTo(all: readonly Received[]): Promise<void> {
  let before = all.length;
  for (let quiet = 0; quiet < QUIET_TURNS && all.length < MOST_RECEIPTED; ) {
    await nextTurn();
    quiet = all.length === before ? quiet + 1 : 0;
    before = all.length;
  }
}
