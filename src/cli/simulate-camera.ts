import { fstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { z } from 'zod';
import { note } from './output.js';

interface Options {
  readonly person?: string;
  readonly control?: string;
  readonly script?: string;
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
    .option('--faults <file>', 'fault script (JSON)')
    .option('--fps <number>', 'pictures a second', '12')
    .option('--seed <number>', 'for motion and noise', '1')
    .option('--list', 'print who there is, and end')
    .addHelpText(
      'after',
      `
Control, as a whole or in part:
  {"person": "lin", "act": ["blink", "turn-left"], "attack": {"kind": "print", "of": "wei"},
   "background": "wall", "brightness": 0.7, "distance": 1.5, "faults": [{"skip": 5, "times": 3, "do": {"half": true}}]}
Acts: blink, turn-left, turn-right. Attacks: print, screen, still, frozen, loop, cut-in.
Faults: freeze, black, half, bomb, huge, garbage, skip, delayMs, hang, exit.

Example:
  countersign simulate camera --person lin | ffplay -f mjpeg -`,
    )
    .action(runSimulatedCamera);
}

async function runSimulatedCamera(options: Options): Promise<void> {
  const [{ CAST, findPerson }, { Room }, { CameraFaults, cameraFaultFileSchema }, { runCamera }] =
    await Promise.all([
      import('../simulator/people/cast.js'),
      import('../simulator/camera/room.js'),
      import('../simulator/camera/camera-faults.js'),
      import('../simulator/camera/simulated-camera.js'),
    ]);
  if (options.list) {
    for (const { id, name } of CAST) process.stdout.write(`${id}\t${name}\n`);
    return;
  }
  const fps = z.coerce.number().min(0.1).max(60).parse(options.fps);
  const room = new Room(findPerson, z.coerce.number().int().parse(options.seed));
  const script =
    options.faults === undefined ? undefined : cameraFaultFileSchema.parse(await readJson(options.faults));
  const faults = new CameraFaults(script?.seed);
  for (const fault of script?.faults ?? []) faults.add(fault);
  if (options.person !== undefined) room.apply({ person: options.person }, 0);

  const ending = new AbortController();
  const output = pipeOrFile();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  // Nobody reads any more: the end of a camera like any other.
  output.once('error', () => ending.abort()).once('close', () => ending.abort());
  const before = await director(options, (control, ms) => {
    for (const fault of control.faults ?? []) faults.add(fault);
    room.apply(control, ms);
    if (control.end) ending.abort();
  });
  process.exitCode = await runCamera({ room, faults, output, fps, before, signal: ending.signal });
  output.destroy();
}

type Step = import('../simulator/camera/control.js').Control & { readonly end?: true | undefined };

/** Follows script and control file; what cannot be done is told and left. */
async function director(
  options: Options,
  change: (control: Step, ms: number) => void,
): Promise<(ms: number) => Promise<void>> {
  const { scriptSchema } = await import('../simulator/camera/control.js');
  const { ControlFile } = await import('../simulator/camera/control-file.js');
  const complain = (problem: string): void => note(`simulate camera: ${problem}`);
  const steps = options.script === undefined ? [] : scriptSchema.parse(await readJson(options.script));
  const file = options.control === undefined ? undefined : new ControlFile(options.control, complain);
  const tell = (control: Step, ms: number): void => {
    try {
      change(control, ms);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
  };
  return async (ms) => {
    while (steps[0] !== undefined && steps[0].atMs <= ms) {
      const { atMs: _, ...control } = steps.shift() ?? {};
      tell(control, ms);
    }
    const control = await file?.changed(ms);
    if (control !== undefined) tell(control, ms);
  };
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
