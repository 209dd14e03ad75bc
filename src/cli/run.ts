import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { pino } from 'pino';
import { createRecentLogs } from '../health/recent-logs.js';
import { startTerminal } from '../terminal.js';
import { EXIT } from './output.js';
import { loadTerminalConfig } from './terminal-config.js';
import { version } from './version.js';

/** `countersign run`: the service, until SIGTERM or SIGINT. */
export function runCommand(): Command {
  return new Command('run')
    .description('Runs the terminal until it is told to stop (SIGTERM, SIGINT).')
    .option('--config <file>', 'configuration (else COUNTERSIGN_CONFIG, else /etc/countersign/config.yaml)')
    .option('--set <key=value...>', 'override one value of the configuration, e.g. --set log.level=debug')
    .addHelpText('after', '\nExample:\n  countersign run --config /etc/countersign/config.yaml')
    .action(async (options: { config?: string; set?: string[] }) => {
      const config = await loadTerminalConfig({ file: options.config, set: options.set });
      // Logs are one JSON line each on stderr, which the journal keeps.
      const { level } = config.log;
      const recent = createRecentLogs();
      const streams = [pino.destination({ dest: 2, sync: true }), recent].map((stream) => ({
        level,
        stream,
      }));
      const logger = pino({ level, base: null }, pino.multistream(streams));
      await mkdir(config.stateDirectory, { recursive: true, mode: 0o700 });

      let stop: (why: string) => void = () => {};
      const stopped = new Promise<string>((resolve) => {
        stop = resolve;
      });
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(signal));

      const terminal = await startTerminal(config, {
        software: `countersign ${version()}`,
        logger,
        onRestart: (reason) => stop(reason),
        recentLogs: () => recent.lines(),
      });
      logger.info({ url: terminal.url }, 'ready');
      const why = await stopped;
      logger.info({ why }, 'stopping');
      await terminal.close();
      logger.info('stopped');
      // The service may not restart the machine itself: systemd/countersign-reboot.path watches for this file.
      if (why === 'reboot') await writeFile(join(config.runtimeDirectory, 'reboot-requested'), '');
      process.exitCode = EXIT.done;
    });
}
