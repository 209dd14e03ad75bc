import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadConfig } from '../config/load.js';
import { faceRuntime } from '../drivers.js';
import { evaluateFault } from '../face/evaluate/errors.js';
import { type Evaluation, evaluateFaces } from '../face/evaluate/evaluate.js';
import type { CardSide } from '../face/evaluate/plan.js';
import { reportPage } from '../face/evaluate/report/report-page.js';
import { evaluationPack } from './face-evaluate-model.js';
import { showEvaluation } from './face-evaluate-output.js';
import { showProgress } from './face-evaluate-progress.js';
import { EXIT, note, printJson } from './output.js';
import { untilStopped } from './signals.js';
import { writeTextFile } from './text-file.js';
import { version } from './version.js';

interface Options {
  readonly out?: string;
  readonly card: CardSide;
  readonly cardBytes: number;
  readonly several: 'refuse' | 'foremost';
  readonly missing: 'refuse' | 'count';
  readonly model: string;
  readonly dataset?: string;
  readonly jobs: number;
  readonly mostPairs: number;
  readonly seed: number;
  readonly scores?: string[];
  readonly calibrate?: boolean;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly config?: string;
  readonly set?: string[];
}

/** `countersign face evaluate LIST`: exit 0 a report was written, 1 nothing could be compared, 3 a file is unusable. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description(
      'Measure error rates on a list of labelled pictures (ISO/IEC 19795-1): report.html and report.json.',
    )
    .argument(
      '<list>',
      'CSV: probe,reference,genuine[,group] or file,identity[,group][,role]; or a folder: [GROUP/]PERSON/picture.jpg',
    )
    .option(
      '--out <dir>',
      'folder of the report and of what an interrupted run goes on from; else beside the list',
    )
    .addOption(
      new Option('--card <side>', 'make card photos of one side')
        .choices(['probe', 'reference', 'none'])
        .default('none'),
    )
    .option('--card-bytes <number>', 'bytes of a simulated card photo', wholeNumber(700, 100_000), 1700)
    .addOption(
      new Option(
        '--several <what>',
        'pictures of several people: refuse them as the terminal does, or take the foremost',
      )
        .choices(['refuse', 'foremost'])
        .default('refuse'),
    )
    .addOption(
      new Option(
        '--missing <what>',
        'pictures of the list that are not there: refuse the list, or count them as failures',
      )
        .choices(['refuse', 'count'])
        .default('refuse'),
    )
    .option('--model <name>', 'built-in, or an installed pack, or the directory of one', 'built-in')
    .option(
      '--dataset <name>',
      'what the data are called in report and calibration; else the name of the list',
    )
    .option('--jobs <number>', 'threads', wholeNumber(1, 256), usualJobs())
    .option(
      '--most-pairs <number>',
      'bound on the pairs made of files; large groups are sampled',
      wholeNumber(100, 1e8),
      2e7,
    )
    .option('--seed <number>', 'of the sampling', wholeNumber(0, 2 ** 31), 1)
    .option(
      '--scores <name=file...>',
      'scores of another system, shown beside ours (probe,reference,genuine,score)',
    )
    .option('--calibrate', 'write calibration.json, which the manifest of a pack can carry')
    .option('--fresh', 'begin anew, whatever is there from before')
    .option('--json', 'print the report as JSON on stdout')
    .option('--config <file>', 'configuration file')
    .option('--set <key=value...>', 'override one value of the configuration')
    .addHelpText(
      'after',
      '\nThe same call goes on where it was interrupted. docs/evaluation.md tells how to read the report.\n' +
        '\nExit code: 0 done, 1 no two people or no two pictures of one could be compared, 3 a file that cannot be used.\n' +
        '\nExample:\n  countersign face evaluate people.csv --card reference --out people-report',
    )
    .action(evaluate);
}

async function evaluate(list: string, options: Options): Promise<void> {
  const { out = `${resolve(list).replace(/\.csv$/i, '')}-report`, dataset, scores = [], fresh } = options;
  const { face, stateDirectory } = await loadConfig({ file: options.config, set: options.set });
  const { engines, modelsDirectory } = faceRuntime(face);
  const pack = evaluationPack(options.model, stateDirectory);
  const stopped = new AbortController();
  untilStopped().then(() => stopped.abort());
  await makeFolder(out);
  const progress = showProgress();
  let evaluation: Evaluation;
  try {
    evaluation = await evaluateFaces({
      ...options,
      list,
      out,
      engines,
      modelsDirectory,
      dataset: dataset ?? basename(list).replace(/\.csv$/i, ''),
      software: `countersign ${version()}, Node ${process.versions.node}`,
      fresh: fresh === true,
      peers: scores.map(peerOf),
      signal: stopped.signal,
      onProgress: progress.show,
      onNote: note,
      ...(pack === undefined ? {} : { pack }),
    });
  } finally {
    progress.end();
  }
  await write(out, evaluation, options.calibrate === true);
  const { report } = evaluation;
  if (options.json === true) printJson(report);
  else showEvaluation(report, out);
  const compared = report.groups[0];
  if (compared === undefined || compared.eer === undefined) process.exitCode = EXIT.no;
}

async function write(out: string, { report, calibration }: Evaluation, calibrates: boolean): Promise<void> {
  await writeTextFile(join(out, 'report.json'), `${JSON.stringify(report, null, 1)}\n`);
  await writeTextFile(join(out, 'report.html'), reportPage(report));
  if (calibrates)
    await writeTextFile(join(out, 'calibration.json'), `${JSON.stringify(calibration, null, 2)}\n`);
}

async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    const problem = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw evaluateFault('DIRECTORY_UNUSABLE', { cause, details: { directory, problem } });
  }
}

/** A thread for each processor, as far as there is a gibibyte for each: its networks take about a quarter of that. */
function usualJobs(): number {
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const room = Math.floor(Math.min(totalmem(), limit) / 2 ** 30);
  return Math.max(1, Math.min(availableParallelism(), room));
}

/** `name=file`, or a file whose name serves. */
function peerOf(text: string): { name: string; file: string } {
  const [, name, file] = /^([^=/]+)=(.+)$/.exec(text) ?? [];
  return name !== undefined && file !== undefined
    ? { name, file }
    : { name: basename(text).replace(/\.csv$/i, ''), file: text };
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most}.`);
  };
}
