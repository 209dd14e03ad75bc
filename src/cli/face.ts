import { Command } from 'commander';
import { compareCommand } from './face-compare.js';

/** `countersign face`: compare two photographs. */
export function faceCommand(): Command {
  return new Command('face')
    .description('Compare faces in photographs, on this machine alone.')
    .addCommand(compareCommand());
}
