import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

/** What the simulated far side does from now on. */
export type Mode =
  | 'run'
  /** Cuts every picture short. */
  | 'broken'
  | 'noise'
  /** Lives on and says nothing. */
  | 'silent'
  /** Ends with a complaint. */
  | 'gone'
  /** As `run`, and does not end when asked to. */
  | 'stubborn';

const PICTURES = 4;

/** Both far sides: a program that streams, and an `fswebcam` that takes one shot and ends. They are told by a file. */
const STREAM = (directory: string) => `#!/bin/sh
cd ${directory} || exit 70
echo $$ >> pids
i=0
trap 'exit 0' TERM
while :; do
  case $(cat mode) in
    run) cat $((i % ${PICTURES})).jpg ;;
    stubborn) trap '' TERM; cat $((i % ${PICTURES})).jpg ;;
    broken) head -c 3000 0.jpg ;;
    noise) head -c 5000 noise ;;
    gone) echo 'no such device' >&2; exit 3 ;;
  esac
  i=$((i + 1)); echo $i > count
  sleep 0.02 & wait $!
done
`;

const FSWEBCAM = (directory: string) => `#!/bin/sh
cd ${directory} || exit 70
echo $$ >> pids
printf '%s\\n' "$*" >> arguments
i=$(wc -l < arguments); echo $i > count
case $(cat mode) in
  run) cat $((i % ${PICTURES})).jpg ;;
  stubborn) trap '' TERM; cat 0.jpg; while :; do sleep 0.1; done ;;
  broken) head -c 3000 0.jpg ;;
  noise) head -c 5000 noise ;;
  silent) sleep 1000 & wait $! ;;
  gone) echo 'no such device' >&2 ;;
esac
`;

export interface FarSide {
  readonly directory: string;
  readonly streamCommand: readonly string[];
  mode(mode: Mode): Promise<void>;
  /** Pictures it was asked for so far. */
  count(): Promise<number>;
  /** Command lines of fswebcam so far. */
  calls(): Promise<string[]>;
  /** Processes of the far side that live. */
  alive(): Promise<number[]>;
  strike(): Promise<void>;
}

/** Raises the far side of a camera in a directory of its own and puts its `fswebcam` first on the PATH. */
export async function raiseFarSide(): Promise<FarSide> {
  const directory = await mkdtemp(join(tmpdir(), 'camera-'));
  for (let index = 0; index < PICTURES; index++) {
    await writeFile(join(directory, `${index}.jpg`), await picture(index));
  }
  await writeFile(join(directory, 'noise'), Buffer.alloc(5000, 'FFD8FF no picture '));
  const stream = join(directory, 'stream');
  for (const [file, text] of [
    [stream, STREAM(directory)],
    [join(directory, 'fswebcam'), FSWEBCAM(directory)],
  ] as const) {
    await writeFile(file, text);
    await chmod(file, 0o755);
  }
  const path = process.env['PATH'];
  process.env['PATH'] = `${directory}:${path}`;
  const lines = async (file: string): Promise<string[]> => {
    const text = await readFile(join(directory, file), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  };
  const far: FarSide = {
    directory,
    streamCommand: [stream],
    // Renamed into place: the far side, which reads it at any time, must not find it empty.
    async mode(mode) {
      await writeFile(join(directory, 'mode.new'), mode);
      await rename(join(directory, 'mode.new'), join(directory, 'mode'));
    },
    count: async () => Number((await lines('count'))[0] ?? 0),
    calls: () => lines('arguments'),
    alive: async () => {
      const pids = (await lines('pids')).map(Number);
      const alive = await Promise.all(pids.map(isAlive));
      return pids.filter((_, index) => alive[index]);
    },
    strike: async () => {
      process.env['PATH'] = path;
      await rm(directory, { recursive: true });
    },
  };
  await far.mode('run');
  return far;
}

/** A process that has ended and whose parent did not ask for its exit code yet is none. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** No picture of anybody: noise, as a sensor with the lens cap on. */
export async function picture(seed: number, width = 320, height = 240): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 100 + seed * 5, sigma: 30 };
  return sharp({ create: { width, height, channels: 3, background: '#000', noise } })
    .jpeg()
    .toBuffer();
}
