import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import { expect, it, vi } from 'vitest';
import { promptLine } from '#built/contract/prompt-line.js';

/** What left together, each time. */
function createLine() {
  const writes: string[][] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      writes.push([String(chunk)]);
      done();
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  return { stream, writes };
}

/** As MQTT.js does it: it tells of a packet, then writes it. */
function send(client: EventEmitter & { stream: Writable }, ...packets: readonly string[]): void {
  for (const packet of packets) {
    client.emit('packetsend', packet);
    client.stream.write(packet);
  }
}

it('writes the packets of one turn of the loop together, on whatever stream the client has by then', async () => {
  const first = createLine();
  const second = createLine();
  const client = Object.assign(new EventEmitter(), { stream: first.stream });
  promptLine(client as unknown as MqttClient);
  send(client, 'a', 'b', 'c');
  expect(first.writes).toEqual([]);
  await nextTurn();
  send(client, 'd');
  await nextTurn();
  expect(first.writes).toEqual([['a', 'b', 'c'], ['d']]);
  client.stream = second.stream;
  send(client, 'e', 'f');
  await nextTurn();
  expect(second.writes).toEqual([['e', 'f']]);
  expect(first.writes).toHaveLength(2);
});

it('switches Nagle’s algorithm off, and again for the stream of a new connection', () => {
  const first = new Socket();
  const second = new Socket();
  const calls = [first, second].map((socket) => vi.spyOn(socket, 'setNoDelay'));
  const client = Object.assign(new EventEmitter(), { stream: first });
  promptLine(client as unknown as MqttClient);
  expect(calls.map(({ mock }) => mock.calls)).toEqual([[[true]], []]);
  client.stream = second;
  client.emit('connect');
  expect(calls.map(({ mock }) => mock.calls)).toEqual([[[true]], [[true]]]);
});
