import { Command } from 'commander';
import { compareCommand } from './face-compare.js';
import { evaluateCommand } from './face-evaluate.js';

/** `countersign face`: compare two photographs; measure errors on many. */
export function faceCommand(): Command {
  return new Command('face')
    .description('Compare faces in photographs, on this machine alone.')
    .addCommand(compareCommand())
    .addCommand(evaluateCommand());
}
