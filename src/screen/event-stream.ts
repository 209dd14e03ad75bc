import type { ServerResponse } from 'node:http';
import type { VisitView } from '../domain/visit.js';
import { SECURITY_HEADERS } from './guard.js';
import type { ScreenCounter } from './port.js';

/** A window on the counter, another for the technician, and some to spare. */
const MOST_VIEWERS = 12;
/** A comment now and then, so that a dead connection is found out. */
const KEEP_ALIVE_MS = 15_000;
const RECONNECT_MS = 1000;

/** Sends every change of the visit to all that watch: server-sent events. */
export interface EventStream {
  /** Takes the connection over, or returns false when there are too many. */
  join(response: ServerResponse): boolean;
  close(): void;
}

export function createEventStream(counter: ScreenCounter): EventStream {
  const viewers = new Set<(view: VisitView) => void>();
  const connections = new Set<ServerResponse>();
  const stop = counter.watch((view) => {
    for (const tell of viewers) tell(view);
  });
  const alive = setInterval(() => {
    for (const response of connections) response.write(':\n\n');
  }, KEEP_ALIVE_MS).unref();

  return {
    join(response) {
      if (connections.size >= MOST_VIEWERS) return false;
      response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
      response.write(`retry: ${RECONNECT_MS}\n\n`);
      const tell = newestOnly(response);
      viewers.add(tell);
      connections.add(response);
      const leave = (): void => {
        viewers.delete(tell);
        connections.delete(response);
      };
      response.once('close', leave);
      response.once('error', leave);
      tell(counter.view());
      return true;
    },
    close() {
      stop();
      clearInterval(alive);
      for (const response of connections) response.end();
    },
  };
}

/** A viewer that does not keep up skips views in between; memory stays bounded. */
function newestOnly(response: ServerResponse): (view: VisitView) => void {
  let next: VisitView | undefined;
  let draining = false;
  const send = (view: VisitView): void => {
    if (response.write(`data: ${JSON.stringify(view)}\n\n`)) return;
    draining = true;
    response.once('drain', () => {
      draining = false;
      const newest = next;
      next = undefined;
      if (newest !== undefined) send(newest);
    });
  };
  return (view) => {
    if (draining) next = view;
    else send(view);
  };
}
