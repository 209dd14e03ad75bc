import { rm, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../config/load.js';
import type { VideoFrame } from '../domain/image.js';
import { makeCamera, makeClock } from '../drivers.js';
import { judgePicture } from './camera-verdict.js';
import { EXIT, note, print, printJson } from './output.js';

interface Options {
  readonly config?: string;
  readonly set?: string[];
  readonly json?: boolean;
}

/** The first pictures after opening are too dark or too bright: the camera still sets its exposure. */
const SETTLE_MS = 1000;

/** `countersign camera`: a technician's look through the camera. */
export function cameraCommand(): Command {
  return new Command('camera')
    .description('Try the camera.')
    .addCommand(
      new Command('snap')
        .description('Take one picture, write it as it comes from the camera, and judge its light.')
        .argument('<file>', 'where to write it (.jpg)')
        .option('--config <file>', 'configuration file')
        .option('--set <key=value...>', 'override one value of the configuration')
        .option('--json', 'print JSON')
        .addHelpText('after', '\nExample:\n  countersign camera snap /tmp/counter.jpg')
        .action(snap),
    );
}

async function snap(file: string, options: Options, command: Command): Promise<void> {
  if (!['.jpg', '.jpeg'].includes(extname(file))) command.error('error: FILE must end in .jpg or .jpeg');
  const frame = await takeOne(options);
  try {
    const { width, height, brightness, contrast, verdict } = await judgePicture(frame.jpeg);
    const bytes = frame.jpeg.length;
    if (!(await write(file, frame.jpeg))) return;
    if (options.json === true) printJson({ file, bytes, width, height, brightness, contrast, verdict });
    else
      print(
        `${file}: ${width}x${height}, ${bytes} bytes, brightness ${brightness}, contrast ${contrast}: ${verdict}`,
      );
    if (verdict !== 'good') process.exitCode = EXIT.no;
  } finally {
    frame.jpeg.fill(0);
  }
}

/** The newest picture after the camera has settled. */
async function takeOne(options: Options): Promise<VideoFrame> {
  const config = await loadConfig({ file: options.config, set: options.set });
  const clock = makeClock();
  const camera = makeCamera(config.camera, { clock });
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    let firstAtMs: number | undefined;
    for await (const frame of camera.frames(stop.signal)) {
      firstAtMs ??= frame.takenAtMs;
      if (frame.takenAtMs - firstAtMs >= SETTLE_MS) return frame;
      frame.jpeg.fill(0);
    }
    throw new Error('the camera ended without a word');
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await camera.close();
  }
}

async function write(file: string, jpeg: Uint8Array): Promise<boolean> {
  try {
    // A file that is there already may be open to others: a new one takes its place.
    await rm(file, { force: true });
    await writeFile(file, jpeg, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    note(
      `countersign: the picture cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exitCode = EXIT.unusable;
    return false;
  }
}
