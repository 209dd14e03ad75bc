import { Command } from 'commander';
import { simulateCameraCommand } from './simulate/camera.js';
import { simulateCarrierCommand } from './simulate/carrier.js';
import { simulateDecoderCommand } from './simulate/decoder.js';
import { simulateReaderCommand } from './simulate/reader.js';

/** The far sides as processes, so that integrators can test their own software against them. */
export function simulateCommand(): Command {
  return new Command('simulate')
    .description('The far side of a device or of the line, as a process of its own.')
    .addCommand(simulateReaderCommand())
    .addCommand(simulateCameraCommand())
    .addCommand(simulateDecoderCommand())
    .addCommand(simulateCarrierCommand());
}
