import { access, constants, readFile, stat } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/load.js';
import { isCountersignError } from '../domain/errors.js';
import type { Comparison, FaceExamination } from '../domain/face.js';
import { makeFace } from '../drivers.js';
import { faceFault } from '../face/errors.js';
import type { FaceComparer, FaceSession } from '../face/port.js';
import { EXIT, note, print, printJson } from './output.js';

interface Options {
  readonly json?: boolean;
  readonly targetFmr: number;
  readonly card?: boolean;
  readonly config?: string;
  readonly set?: string[];
}

const MOST_BYTES = 64 * 1024 * 1024;

/** `countersign face compare PROBE REFERENCE`: exit 0 the same person, 1 not (or no one face), 3 a file is unusable. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Say how alike the faces in two pictures are (JPEG, PNG, WebP, BMP).')
    .argument('<probe>', 'photograph of a person')
    .argument('<reference>', 'picture to compare it with')
    .option('--target-fmr <rate>', 'false-match rate that the threshold is for', readRate, 0.001)
    .option('--card', 'the reference is the photo of an ID card')
    .option('--json', 'print JSON on stdout')
    .option('--config <file>', 'configuration file')
    .option('--set <key=value...>', 'override one value of the configuration')
    .addHelpText(
      'after',
      '\nExit code: 0 match, 1 no match or not exactly one face, 3 a picture that cannot be used.\n' +
        '\nExample:\n  countersign face compare me.jpg card.png --card --json',
    )
    .action(compareFiles);
}

function readRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0 && rate < 1)) throw new InvalidArgumentError('A rate lies between 0 and 1, e.g. 0.001.');
  return rate;
}

async function compareFiles(probe: string, reference: string, options: Options): Promise<void> {
  try {
    const face = await openConfigured(options);
    try {
      const result = await compareWith(face, probe, reference, options);
      show(result, options);
      process.exitCode = result.match ? EXIT.done : EXIT.no;
    } finally {
      await face.close();
    }
  } catch (error) {
    // A program that asked for JSON gets JSON whatever happens; the exit code is the same.
    if (options.json === true && isCountersignError(error)) {
      const { code, message, advice, details } = error;
      printJson({ error: { code, message, advice, details } });
    }
    throw error;
  }
}

async function openConfigured(options: Options): Promise<FaceComparer> {
  const { face, stateDirectory } = await loadConfig({ file: options.config, set: options.set });
  const installed = await access(stateDirectory, constants.W_OK).then(
    () => true,
    () => false,
  );
  return makeFace(face, installed ? { stateDirectory } : {});
}

interface Result extends Omit<Comparison, 'frames' | 'quality'> {
  readonly match: boolean;
  readonly probe: Described;
  readonly reference: Described;
}

type Described = Pick<FaceExamination, 'box' | 'landmarks' | 'quality'>;

async function compareWith(
  face: FaceComparer,
  probeFile: string,
  referenceFile: string,
  { targetFmr, card }: Options,
): Promise<Result> {
  const [jpeg, encoded] = await Promise.all([readPicture(probeFile), readPicture(referenceFile)]);
  const session = await face.begin({
    targetFmr,
    liveness: 'off',
    challenges: [],
    frames: 1,
    probeFrom: 'photograph',
  });
  try {
    const probe = await named('probe', () => session.probe({ jpeg, index: 0, takenAtMs: 0 }));
    const reference = await named('reference', () =>
      session.reference({ encoded }, card === true ? 'card' : 'any'),
    );
    return { ...(await compared(session)), probe: describe(probe), reference: describe(reference) };
  } finally {
    await session.end();
  }
}

async function compared(
  session: FaceSession,
): Promise<Omit<Comparison, 'frames' | 'quality'> & { match: boolean }> {
  const comparison = await session.compare();
  if (comparison === undefined) throw faceFault('NO_FACE');
  const { score, threshold, targetFmr, model } = comparison;
  return { score, threshold, match: score >= threshold, targetFmr, model };
}

/** Says of which of the two pictures a fault is. @throws FACE_NO_FACE, FACE_SEVERAL_FACES, FACE_IMAGE_UNUSABLE */
async function named<Seen extends FaceExamination>(
  picture: string,
  look: () => Promise<Seen>,
): Promise<Seen> {
  let seen: Seen;
  try {
    seen = await look();
  } catch (error) {
    if (!isCountersignError(error) || error.code !== 'FACE_IMAGE_UNUSABLE') throw error;
    throw faceFault('IMAGE_UNUSABLE', { cause: error.cause, details: { picture, ...error.details } });
  }
  if (seen.guidance.length === 0) return seen;
  const { faces } = seen;
  throw faceFault(faces > 1 ? 'SEVERAL_FACES' : 'NO_FACE', { details: { picture, faces } });
}

async function readPicture(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw faceFault('IMAGE_UNUSABLE', { details: { file, problem: 'bytes' } });
    return await readFile(file);
  } catch (error) {
    if (isCountersignError(error)) throw error;
    const problem = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw faceFault('IMAGE_UNUSABLE', { cause: error, details: { file, problem } });
  }
}

function describe({ box, landmarks, quality }: FaceExamination): Described {
  return {
    ...(box === undefined ? {} : { box }),
    ...(landmarks === undefined ? {} : { landmarks }),
    ...(quality === undefined ? {} : { quality }),
  };
}

function show(result: Result, { json }: Options): void {
  if (json === true) {
    printJson(result);
    return;
  }
  const { score, threshold, match, model, targetFmr, probe, reference } = result;
  print(match ? 'match' : 'no match');
  print(`score       ${score.toFixed(4)}`);
  print(`threshold   ${threshold.toFixed(4)} (false-match rate ${targetFmr})`);
  print(`model       ${model}`);
  for (const [name, { quality }] of [['probe', probe] as const, ['reference', reference] as const]) {
    if (quality === undefined) continue;
    const { interEyeDistance, yaw, pitch, overall } = quality;
    print(
      `${name.padEnd(12)}quality ${overall.toFixed(2)}, eyes ${interEyeDistance.toFixed(0)} px apart, yaw ${yaw.toFixed(0)}, pitch ${pitch.toFixed(0)}`,
    );
  }
  if (!match) note('The same person in both pictures? Compare sharper pictures from the front.');
}
