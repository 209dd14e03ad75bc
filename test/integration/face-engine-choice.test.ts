import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFace } from '#built/face/open-face.js';
import { ENGINES, MODELS } from './face-video.js';

/** The trial runs in a real process of its own, and the broken drivers really end it. */
describe('the engine that is chosen at the first start', () => {
  let stateDirectory: string;
  beforeEach(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'face-engine-'));
  });
  afterEach(() => rm(stateDirectory, { recursive: true, force: true }));

  async function driver(name: string, body: string): Promise<URL> {
    const file = join(stateDirectory, `${name}.mjs`);
    await writeFile(file, `export async function openEngine() { ${body} }\n`);
    return pathToFileURL(file);
  }
  const illegal = () =>
    driver('illegal', "process.kill(process.pid, 'SIGILL'); await new Promise(() => {});");
  const remembered = async () => {
    const text = await readFile(join(stateDirectory, 'face-engine.json'), 'utf8').catch(() => '{}');
    return (JSON.parse(text) as { engine?: string }).engine;
  };
  async function check(engines: { onnx: URL; tfjs: URL }) {
    const face = await openFace({ engine: 'auto', engines, modelsDirectory: MODELS, stateDirectory });
    const found = await face.check();
    await face.close();
    return found;
  }

  it('is the first that runs, and it is remembered', async () => {
    expect(await check(ENGINES)).toMatchObject({ ok: true, detail: expect.stringContaining('onnxruntime') });
    expect(await remembered()).toBe('onnx');
    // Nothing is tried again: the other would end the trial.
    expect(await check({ ...ENGINES, tfjs: await illegal() })).toMatchObject({ ok: true });
  });

  it('is the other one where the first runs an illegal instruction', async () => {
    expect(await check({ onnx: await illegal(), tfjs: ENGINES.tfjs })).toMatchObject({
      ok: true,
      detail: expect.stringContaining('TensorFlow.js'),
    });
    expect(await remembered()).toBe('tfjs');
  });

  it('is none where none runs, and this process lives on to say so', async () => {
    const bad = await driver('bad', "throw new Error('no such library');");
    expect(await check({ onnx: await illegal(), tfjs: bad })).toMatchObject({
      ok: false,
      detail: expect.stringContaining('FACE_ENGINE_UNAVAILABLE'),
      advice: expect.any(String),
    });
    expect(await remembered()).toBeUndefined();
  });
});
