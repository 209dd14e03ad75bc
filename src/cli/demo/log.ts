import type { Transform } from 'node:stream';

/** The service's log as people read it, on stderr: the demo's own words are on stdout. */
export async function pretty(): Promise<Transform> {
  const { default: pinoPretty } = await import('pino-pretty');
  return pinoPretty({ destination: 2, colorize: process.stderr.isTTY, ignore: 'pid,hostname', sync: true });
}
