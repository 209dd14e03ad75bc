import mqtt from 'mqtt';
import { topicOf } from '#built/contract/topics.js';
import { createUplink } from '#built/uplink/create-uplink.js';

/** A plain queue: whoever came first goes first, and a person at the counter waits behind the month. */
function fifo(options, deps) {
  const { outbox } = deps;
  const MOST_LIVE = 200;
  const take = async (limit, excluding) =>
    (await outbox.take(limit + MOST_LIVE, excluding))
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit)
      .map((entry) => ({ ...entry, live: false }));
  return createUplink(options, { ...deps, outbox: { ...outbox, take } });
}

/** What most programs do: done when the broker says so. */
function puback({ window }, { outbox, identity: { terminal, broker } }) {
  const listeners = new Set();
  let client;
  const work = async () => {
    for (;;) {
      const entries = await outbox.take(window, new Set());
      if (entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      for (const { id, seq, hash, jws } of entries) {
        await client.publishAsync(topicOf(terminal, 'report'), jws, { qos: 1 });
        const at = '2026-11-24T00:00:00.000Z';
        await outbox.confirm({ terminal, issuedAt: at, id, seq, hash, accepted: true, at });
      }
    }
  };
  return {
    start() {
      client = mqtt.connect(broker.url, { clientId: terminal, reconnectPeriod: 250 });
      client.on('error', () => {});
      client.once('connect', () => {
        for (const each of listeners) each(true);
        work().catch(() => {});
      });
    },
    onConnection: (listener) => listeners.add(listener),
    check: async () => ({ name: 'uplink', ok: true }),
    tellOrderState() {},
    close: async () => void client?.end(true),
  };
}

export const weakened = { fifo, puback };
