import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the service manager was told, message by message. */
export interface NotifyStage {
  readonly socket: string;
  told(): Promise<string[][]>;
  strike(): Promise<void>;
}

/** Puts a `systemd-notify` that writes down what it was given first on the PATH. */
export async function raiseNotifyStage(): Promise<NotifyStage> {
  const directory = await mkdtemp(join(tmpdir(), 'notify-'));
  const program = join(directory, 'systemd-notify');
  const record = join(directory, 'told');
  // One write a message: two at a time do not mix.
  await writeFile(
    program,
    `#!/bin/sh\nprintf '%s\\001' "$NOTIFY_SOCKET" "$@" '' | tr '\\n' ' ' >> ${record}\n`,
  );
  await chmod(program, 0o755);
  const path = process.env['PATH'];
  process.env['PATH'] = `${directory}:${path}`;
  const socket = '/run/no-such-socket';
  return {
    socket,
    told: async () => {
      const text = await readFile(record, 'utf8').catch(() => '');
      const messages = text.split(`${socket}\u0001`).slice(1);
      return messages.map((message) => message.split('\u0001').slice(0, -2));
    },
    strike: async () => {
      process.env['PATH'] = path;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
