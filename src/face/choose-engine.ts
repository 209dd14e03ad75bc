import { fork } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { FaceOptions } from './face-options.js';

const ORDER = ['onnx', 'tfjs'] as const;
type EngineName = (typeof ORDER)[number];

const MEMORY = 'face-engine.json';
const MOST_TRIAL_MS = 60_000;

const memorySchema = z.object({ for: z.string(), engine: z.enum(ORDER) });

/**
 * The engines to try, best first. With a state directory, each is tried once in a process of its own: a
 * native library that this processor cannot run ends that process (illegal instruction) and not the terminal's, over
 * and over. What ran is remembered for this version and processor.
 */
export async function chooseEngines(
  { engines, modelsDirectory, stateDirectory }: FaceOptions,
  { logger }: { readonly logger?: Logger } = {},
): Promise<URL[]> {
  if (stateDirectory === undefined) return ORDER.map((name) => engines[name]);
  const here = await thisMachine();
  const known = await recall(join(stateDirectory, MEMORY));
  if (known?.for === here) return [engines[known.engine]];
  const harmless: URL[] = [];
  for (const name of ORDER) {
    const { problem, killed } = await tryEngine(engines[name], modelsDirectory);
    if (problem === undefined) {
      await remember(stateDirectory, { for: here, engine: name });
      return [engines[name]];
    }
    logger?.warn({ engine: name, problem }, 'an engine for the networks does not run here');
    if (!killed) harmless.push(engines[name]);
  }
  // None ran: let the thread say why, every time anew; but nothing that ends a process comes near ours.
  return harmless;
}

/** Whether this trial's answer holds: another version or another processor is tried again. */
async function thisMachine(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return [version, process.version, arch(), cpus()[0]?.model ?? 'unknown'].join('; ');
}

interface Trial {
  /** Undefined when the engine ran a network right; else why not, in a word. */
  readonly problem: string | undefined;
  /** Its process was ended from outside, e.g. for an illegal instruction. */
  readonly killed: boolean;
}

function tryEngine(driver: URL, modelsDirectory: string): Promise<Trial> {
  return new Promise((resolve) => {
    const child = fork(new URL('./engine-trial.js', import.meta.url), [driver.href, modelsDirectory], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // Options of this process (a debugger's port, a loader) are not for the trial.
      execArgv: [],
      timeout: MOST_TRIAL_MS,
      killSignal: 'SIGKILL',
    });
    let said = 'no answer';
    child.on('message', (message) => {
      said = String(message);
    });
    child.on('error', (error) => resolve({ problem: error.message, killed: false }));
    child.on('close', (code, signal) =>
      resolve({ problem: code === 0 ? undefined : (signal ?? said), killed: signal !== null }),
    );
  });
}

async function recall(file: string): Promise<z.infer<typeof memorySchema> | undefined> {
  try {
    return memorySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Not being able to remember costs a second at the next start, nothing else. */
async function remember(
  directory: string,
  memory: { readonly for: string; readonly engine: EngineName },
): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    const file = join(directory, MEMORY);
    await writeFile(`${file}.new`, JSON.stringify(memory));
    await rename(`${file}.new`, file);
  } catch {}
}
