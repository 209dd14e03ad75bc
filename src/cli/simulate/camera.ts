import { fstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { z } from 'zod';
import type { Control } from '../../simulator/camera/control.js';
import { EXIT, note, print } from '../output.js';

interface Options {
  readonly person?: string;
  readonly control?: string;
  readonly script?: string;
  readonly light?: string;
  readonly faults?: string;
  readonly fps: string;
  readonly seed: string;
  readonly list?: boolean;
}

/** `countersign simulate camera`: stands where `rpicam-vid` or `ffmpeg` stands. */
export function simulateCameraCommand(): Command {
  return new Command('camera')
    .description('A camera that sees an invented person: MJPEG, 640x480, on stdout.')
    .option('--person <id>', 'who stands there from the beginning; nobody without it')
    .option('--control <file>', 'JSON that says who stands there; read again whenever it changes')
    .option('--script <file>', 'JSON list of controls, each with `atMs`; `"end": true` ends the camera')
    .option(
      '--light <file>',
      'of the light beside the camera, below /sys/class: `value` of a GPIO line, `brightness` of an LED',
    )
    .option('--faults <file>', 'fault script (JSON)')
    .option('--fps <number>', 'pictures a second', '12')
    .option('--seed <number>', 'for motion and noise', '1')
    .option('--list', 'print who there is, and end')
    .addHelpText(
      'after',
      `
Control, as a whole or in part:
  {"person": "lin", "wears": "blue-mask", "beside": "wei", "act": ["blink", "turn-left"], "attack": {"kind": "print", "of": "wei"},
   "background": "wall", "brightness": 0.7, "distance": 1.5, "faults": [{"skip": 5, "times": 3, "do": {"half": true}}]}
Acts: blink, turn-left, turn-right. Worn: blue-mask, white-mask, black-mask, sunglasses; null takes it off. Attacks: print, screen, still, frozen, loop, cut-in, pasted.
Faults: freeze, black, half, bomb, huge, garbage, skip, delayMs, hang, exit.

Example:
  countersign simulate camera --person lin | ffplay -f mjpeg -`,
    )
    .action(runSimulatedCamera);
}

async function runSimulatedCamera(options: Options): Promise<void> {
  const camera = await prepare(options).catch(complain);
  if (camera === undefined) return;
  const { runCamera } = await import('../../simulator/camera/simulated-camera.js');
  const ending = new AbortController();
  const output = pipeOrFile();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  // Nobody reads any more: the end of a camera like any other.
  output.once('error', () => ending.abort()).once('close', () => ending.abort());
  const { fps, room, faults, file, steps, flash } = camera;

  const change = ({ end, ...control }: Control & { readonly end?: true | undefined }, ms: number): void => {
    try {
      for (const fault of control.faults ?? []) faults.add(fault);
      room.apply(control, ms);
    } catch (error) {
      note(`simulate camera: ${toMessage(error)}`);
    }
    if (end) ending.abort();
  };
  const before = async (ms: number): Promise<void> => {
    for (let step = steps[0]; step !== undefined && step.atMs <= ms; step = steps[0]) {
      const { atMs: _, ...control } = step;
      steps.shift();
      change(control, ms);
    }
    const control = await file?.changed(ms);
    if (control !== undefined) change(control, ms);
    if (flash !== undefined) change({ flash: await flash() }, ms);
  };
  process.exitCode = await runCamera({ room, faults, output, fps, before, signal: ending.signal });
  output.destroy();
}

/** Reads all that was given; undefined where only the list was asked for. */
async function prepare(options: Options) {
  const [
    { CAST, findPerson },
    { Room },
    { CameraFaults, cameraFaultFileSchema },
    { ControlFile },
    { scriptSchema },
    { flashBy },
  ] = await Promise.all([
    import('../../simulator/people/cast.js'),
    import('../../simulator/camera/room.js'),
    import('../../simulator/camera/camera-faults.js'),
    import('../../simulator/camera/control-file.js'),
    import('../../simulator/camera/control.js'),
    import('../../simulator/camera/lamp-file.js'),
  ]);
  if (options.list) {
    for (const { id, name } of CAST) print(`${id}\t${name}`);
    return undefined;
  }
  const fps = z.coerce.number().min(0.1).max(60).parse(options.fps);
  const room = new Room(findPerson, z.coerce.number().int().parse(options.seed));
  const told =
    options.faults === undefined ? undefined : cameraFaultFileSchema.parse(await readJson(options.faults));
  const faults = new CameraFaults(told?.seed);
  for (const fault of told?.faults ?? []) faults.add(fault);
  if (options.person !== undefined) room.apply({ person: options.person }, 0);
  const steps = options.script === undefined ? [] : scriptSchema.parse(await readJson(options.script));
  const file =
    options.control === undefined
      ? undefined
      : new ControlFile(options.control, (error) =>
          note(`simulate camera: ${options.control}: ${toMessage(error)}`),
        );
  const { light } = options;
  const flash = light === undefined ? undefined : () => flashBy(light);
  return { fps, room, faults, file, steps, flash };
}

/** What is wrong in a file or option is wrong usage; a file that cannot be had is unusable. */
function complain(error: unknown): undefined {
  const usage = error instanceof z.ZodError || error instanceof SyntaxError || error instanceof RangeError;
  note(`simulate camera: ${toMessage(error)}`);
  process.exitCode = usage ? EXIT.usage : EXIT.unusable;
}

function toMessage(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'));
}

/** A pipe is written without blocking, so that the end can be told to a camera whose reader is stuck. */
function pipeOrFile(): Writable {
  const stdout = fstatSync(1);
  if (!stdout.isFIFO() && !stdout.isSocket()) return process.stdout;
  return new Socket({ fd: 1, readable: false, writable: true });
}
