import { spawn } from 'node:child_process';
import type { Logger } from 'pino';

/** Tells the service manager how the service is (sd_notify). */
export interface Notifier {
  /** e.g. `['READY=1', 'STATUS=in service']`. Resolves to whether it was delivered; never rejects. */
  send(states: readonly string[]): Promise<boolean>;
}

/** As long as `systemd-notify` itself waits for the manager to take the message. */
const LIMIT_MS = 5000;

/**
 * Node cannot open a Unix datagram socket, so that systemd's own `systemd-notify` sends. It waits until the manager
 * has taken the message: a sender that is gone by then could not be told to belong to this unit. The unit needs
 * `NotifyAccess=all`.
 */
export function createNotifier(socket: string | undefined, logger?: Logger): Notifier {
  if (socket === undefined || socket === '') return { send: async () => false };
  return {
    send: (states) =>
      new Promise((resolve) => {
        const child = spawn('systemd-notify', states.map(oneLine), {
          env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', NOTIFY_SOCKET: socket },
          stdio: 'ignore',
          timeout: LIMIT_MS,
          killSignal: 'SIGKILL',
        });
        child.once('error', (error) => {
          logger?.warn({ err: error }, 'systemd-notify cannot be run');
          resolve(false);
        });
        child.once('exit', (code) => resolve(code === 0));
      }),
  };
}

/** A line break would begin another statement to the manager. */
function oneLine(state: string): string {
  return state.replaceAll(/[\r\n]+/g, ' ').slice(0, 500);
}
