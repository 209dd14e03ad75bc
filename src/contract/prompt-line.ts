import { Socket } from 'node:net';
import type { MqttClient } from 'mqtt';

/**
 * Makes a connection prompt for many small packets, at either end. None waits for the acknowledgement of the one before
 * (Nagle's algorithm, 40 ms each time), and those of one turn of the loop leave in one write: reports, receipts and the
 * acknowledgements of what came are small, and a write each would cost more than all the rest of sending them.
 */
export function promptLine(client: MqttClient): void {
  let held = false;
  const hurry = (): void => {
    if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  };
  hurry();
  // A client that connects again by itself has another stream then.
  client.on('connect', hurry);
  client.on('packetsend', () => {
    if (held) return;
    held = true;
    const { stream } = client;
    stream.cork();
    setImmediate(() => {
      held = false;
      stream.uncork();
    });
  });
}
