import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { Service } from '../../domain/service.js';
import type { VisitView } from '../../domain/visit.js';

/** A person's hands at the terminal's page: the same requests that the page itself sends. */
export interface PageVisitor {
  view(): VisitView;
  start(service: Service): Promise<void>;
  act(action: object): Promise<void>;
  /** Resolves with the first view, present or later, for which `wanted` holds; rejects after `mostMs`. */
  until(wanted: (view: VisitView) => boolean, mostMs: number, what: string): Promise<VisitView>;
  close(): void;
}

export async function openPageVisitor(url: string): Promise<PageVisitor> {
  const stop = new AbortController();
  const listeners = new Set<(view: VisitView) => void>();
  let latest: VisitView = { stage: 'idle', language: 'zh' };
  let greet: () => void = () => {};
  const greeted = new Promise<void>((resolve) => {
    greet = resolve;
  });

  const response = await fetch(new URL('/events', url), { signal: stop.signal });
  if (!response.ok || response.body === null)
    throw new Error(`the page's events answered ${response.status}`);
  const parser = createParser({
    onEvent: ({ data }) => {
      latest = JSON.parse(data) as VisitView;
      greet();
      for (const each of [...listeners]) each(latest);
    },
  });
  void readAll(response.body, (text) => parser.feed(text));
  // The first event is the present view: before it there is nothing to go by.
  await greeted;

  const post = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  };

  return {
    view: () => latest,
    start: (service) => post('/api/visit', { service, language: 'en' }),
    act: (action) => post('/api/act', action),
    async until(wanted, mostMs, what) {
      const stopWaiting = new AbortController();
      const met = new Promise<VisitView>((resolve) => {
        const look = (view: VisitView): void => {
          if (!wanted(view)) return;
          listeners.delete(look);
          resolve(view);
        };
        listeners.add(look);
        look(latest);
      });
      const late = sleep(mostMs, undefined, { signal: stopWaiting.signal }).then(() => {
        throw new Error(`waited ${mostMs / 1000} s for ${what}; the page shows ${describe(latest)}`);
      });
      try {
        return await Promise.race([met, late]);
      } finally {
        stopWaiting.abort();
        late.catch(() => {});
      }
    },
    close: () => stop.abort(),
  };
}

async function readAll(body: ReadableStream<Uint8Array>, feed: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) feed(decoder.decode(chunk, { stream: true }));
  } catch {
    // Closed by us, or the page went away: whoever waits is told by the time-out.
  }
}

function describe(view: VisitView): string {
  const { stage, guidance, cardHint, outcome, reasons, faults } = view;
  return JSON.stringify({ stage, guidance, cardHint, outcome, reasons, faults });
}
