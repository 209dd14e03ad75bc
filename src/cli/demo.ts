import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { pretty } from './demo/log.js';
import { tellReport } from './demo/report.js';
import { runVisits } from './demo/run.js';
import { startWorld } from './demo/world.js';
import { EXIT, note, print } from './output.js';

interface Options {
  readonly once?: boolean;
  readonly port: number;
  readonly verbose?: boolean;
  readonly keep?: string;
}

/** `countersign demo`: a whole simulated terminal. */
export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'A whole simulated terminal: page, broker, carrier, reader, camera. Serves visits until Ctrl-C.',
    )
    .option('--once', 'act out one visit of each kind, say how each ended, and leave')
    .option('--port <number>', 'port of the page; 0 takes any free one', toPort, 8080)
    .option(
      '--keep <directory>',
      'use this directory and leave it there (else a temporary one, removed at the end)',
    )
    .option('--verbose', "the service's own log as well, on stderr")
    .addHelpText('after', '\nExamples:\n  countersign demo\n  countersign demo --once --port 0')
    .action(runDemo);
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('a port is a whole number from 0 to 65535.');
  }
  return port;
}

async function runDemo({ once, port, verbose, keep }: Options): Promise<void> {
  const directory = keep ?? (await mkdtemp(join(tmpdir(), 'countersign-demo-')));
  const logger = pino({ level: verbose === true ? 'debug' : 'warn', base: null }, await pretty());
  const stopped = new Promise<'stopped'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('stopped'));
  });
  try {
    const starting = startWorld({
      directory,
      // Visits acted out by the demo itself need no known address.
      port: once === true ? 0 : port,
      logger,
      say: (line) => note(`  ${line}`),
      onReport: (opened) => {
        if (once !== true) print(tellReport(opened));
      },
    });
    const world = await Promise.race([starting, stopped]);
    if (world === 'stopped') {
      await (await starting).close();
      process.exitCode = EXIT.done;
      return;
    }
    try {
      if (once === true) {
        const ended = await Promise.race([runVisits(world), stopped]);
        process.exitCode = ended === 'stopped' ? EXIT.no : ended;
      } else {
        print(`\nThe page: ${world.url}   (Ctrl-C stops)`);
        await stopped;
        process.exitCode = EXIT.done;
      }
    } finally {
      note('stopping ...');
      await world.close();
    }
  } finally {
    if (keep === undefined) await rm(directory, { recursive: true, force: true });
  }
}
