import { z } from 'zod';

/** What systemd tells a service about the watchdog (sd_watchdog_enabled(3)). */
const environmentSchema = z.object({
  NOTIFY_SOCKET: z.string().max(200).regex(/^[/@]/).optional().catch(undefined),
  WATCHDOG_USEC: z.coerce.number().int().min(1000).max(86_400_000_000).optional().catch(undefined),
  WATCHDOG_PID: z.coerce.number().int().min(1).optional().catch(undefined),
});

export interface WatchdogEnvironment {
  readonly notifySocket?: string;
  /** Microseconds within which the service must be heard of. */
  readonly watchdogUsec?: number;
}

/** Reads the manager's variables; a watchdog that is meant for another process is none. */
export function watchdogEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): WatchdogEnvironment {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environmentSchema.parse(environment);
  const mine = WATCHDOG_PID === undefined || WATCHDOG_PID === pid;
  return {
    ...(NOTIFY_SOCKET === undefined ? {} : { notifySocket: NOTIFY_SOCKET }),
    ...(WATCHDOG_USEC === undefined || !mine ? {} : { watchdogUsec: WATCHDOG_USEC }),
  };
}
