import { Command } from 'commander';

/** `countersign simulate decoder`: stands where a vendor's photo decoder stands. */
export function simulateDecoderCommand(): Command {
  return new Command('decoder')
    .description('Decode a photo of the simulated reader: WLT on stdin, BMP on stdout.')
    .addHelpText(
      'after',
      '\nExample (config.yaml):\n  photoDecoder: { driver: command, command: [countersign, simulate, decoder] }\n',
    )
    .action(async () => {
      const { runSimulatedDecoder } = await import('../../simulator/decoder.js');
      try {
        await runSimulatedDecoder(process.stdin, process.stdout);
      } catch (error) {
        process.stderr.write(`simulate decoder: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 3;
      }
    });
}
