import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Receipt } from '#built/contract/carrier-messages.js';
import { topicOf } from '#built/contract/topics.js';
import { createInbox, type InboxDeps } from '#built/uplink/inbox.js';

const AT = '2026-11-25T20:00:00.000Z';
const RECEIPT: Receipt = {
  terminal: 't-1',
  issuedAt: AT,
  id: '019ab000-0000-7000-8000-000000000001',
  seq: 1,
  hash: 'h'.repeat(43),
  accepted: true,
  at: AT,
};
const JWS = `e30.${Buffer.from(JSON.stringify(RECEIPT)).toString('base64url')}.c2ln`;

function stage(holds: boolean) {
  const seen: string[] = [];
  const inbox = createInbox({
    identity: {
      terminal: 't-1',
      envelope: {
        verify: async () => {
          seen.push('checked');
          if (!holds) throw new Error('forged');
          return RECEIPT;
        },
      },
    } as unknown as InboxDeps['identity'],
    clock: {} as InboxDeps['clock'],
    onReceiptClaimed: () => {
      seen.push('places lent');
      // As the wire does with what is sent meanwhile.
      setImmediate(() => seen.push('reports left'));
      return () => seen.push('places taken back');
    },
    onReceipt: async () => {
      seen.push('noted');
      return true;
    },
    onOrder: async () => {},
    onCommand: async () => {},
    onAnswer: () => false,
  });
  return { inbox, seen };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

it('checks a receipt when the reports that go in its places have left', async () => {
  const { inbox, seen } = stage(true);
  await inbox.take(topicOf('t-1', 'receipt'), Buffer.from(JWS));
  await settle();
  expect(seen).toEqual(['places lent', 'reports left', 'checked', 'noted']);
  expect(inbox.dropped).toBe(0);
});

it('takes the places back and notes nothing when the signature does not hold', async () => {
  const { inbox, seen } = stage(false);
  await inbox.take(topicOf('t-1', 'receipt'), Buffer.from(JWS));
  await settle();
  expect(seen).toEqual(['places lent', 'reports left', 'checked', 'places taken back']);
  expect(inbox.dropped).toBe(1);
});
