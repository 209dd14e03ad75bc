import type { Command } from '../contract/carrier-messages.js';
import { TYP } from '../contract/envelope.js';
import type { Envelope } from '../identity/port.js';
import { executeRotation, type RotationDeps } from './execute-rotation.js';
import type { CommandOutcome } from './port.js';

export interface ExecuteDeps {
  /** Ends the process for a new start of the service or of the machine. */
  readonly onRestart: (reason: 'reload' | 'reboot') => void;
  /** The service's last log lines; where left out, nothing keeps them. */
  readonly recentLogs?: (() => readonly string[]) | undefined;
  readonly envelope: Pick<Envelope, 'seal'>;
  /** Where left out, a technician renews the keys. */
  readonly rotation?: Omit<RotationDeps, 'restart'>;
}

/** The answer goes out first. */
const RESTART_AFTER_MS = 1000;

/** Does what the carrier tells the terminal itself to do. What this build cannot do is refused, never pretended. */
export function createExecutor({
  onRestart,
  recentLogs,
  envelope,
  rotation,
}: ExecuteDeps): (command: Command) => Promise<CommandOutcome> {
  const restart = (reason: 'reload' | 'reboot'): void => {
    setTimeout(() => onRestart(reason), RESTART_AFTER_MS).unref();
  };
  return async (given) => {
    const { command } = given;
    if (command === 'reload' || command === 'reboot') {
      restart(command);
      return { result: 'done' };
    }
    if (command === 'collect-logs' && recentLogs !== undefined) {
      const lines = recentLogs();
      return {
        result: 'done',
        detail: `${lines.length} lines`,
        sealed: await envelope.seal(TYP.logs, { lines }),
      };
    }
    if (command === 'rotate-keys' && rotation !== undefined) {
      return executeRotation(given, { ...rotation, restart: () => restart('reload') });
    }
    return { result: 'refused', detail: `${command} is done by a technician on this terminal` };
  };
}
