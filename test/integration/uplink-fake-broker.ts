import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet';

/** One connection as the fake broker sees it. */
export interface FakePeer {
  readonly connect: IConnectPacket;
  /** Which connection it is, from 1. */
  readonly index: number;
  send(packet: Packet): void;
  /** Bytes that need not be a packet. */
  raw(bytes: Uint8Array): void;
  hangUp(): void;
}

export type FakeAnswer = (packet: Packet, peer: FakePeer) => void;

export interface FakeBroker {
  readonly url: string;
  /** CONNECTs so far, in order. */
  readonly connects: readonly { readonly version: number; readonly at: number }[];
  /** What it does from now on. */
  answer: FakeAnswer;
  close(): Promise<void>;
}

/** Accepts, acknowledges and keeps quiet, as a broker with nobody else on it would. */
export const obliging: FakeAnswer = (packet, peer) => {
  const { cmd } = packet;
  if (cmd === 'connect') peer.send({ cmd: 'connack', reasonCode: 0, returnCode: 0, sessionPresent: false });
  else if (cmd === 'pingreq') peer.send({ cmd: 'pingresp' });
  else if (cmd === 'publish' && packet.qos === 1) acknowledge(packet.messageId, peer);
  else if (cmd === 'subscribe') {
    peer.send({
      cmd: 'suback',
      messageId: packet.messageId ?? 0,
      granted: packet.subscriptions.map(() => 1),
    });
  }
};

export function acknowledge(messageId: number | undefined, peer: FakePeer): void {
  peer.send({ cmd: 'puback', messageId: messageId ?? 0, reasonCode: 0 });
}

/** A broker that does whatever the test says, packet by packet. */
export async function startFakeBroker(answer: FakeAnswer = obliging): Promise<FakeBroker> {
  const connects: { version: number; at: number }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    const incoming = parser({ protocolVersion: 5 });
    let connect: IConnectPacket | undefined;
    let index = 0;
    incoming.on('error', () => socket.destroy());
    incoming.on('packet', (packet: Packet) => {
      if (packet.cmd === 'connect') {
        connect = packet;
        index = connects.push({ version: packet.protocolVersion ?? 4, at: performance.now() });
      }
      if (connect === undefined) return;
      const { protocolVersion = 4 } = connect;
      fake.answer(packet, {
        connect,
        index,
        send: (each) => void (socket.destroyed || socket.write(generate(each, { protocolVersion }))),
        raw: (bytes) => void (socket.destroyed || socket.write(bytes)),
        hangUp: () => void socket.destroy(),
      });
    });
    socket.on('data', (chunk: Buffer) => void incoming.parse(chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const fake: FakeBroker = {
    url: `mqtt://127.0.0.1:${port}`,
    connects,
    answer,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return fake;
}
