import type { EngineModule } from './engine.js';
import { readBuiltIn } from './network-files.js';

/**
 * A process of its own that runs one network once: `engine-trial DRIVER-URL MODELS-DIRECTORY`. Ends with 0 when the
 * engine gives what it should. It may also be ended by the processor; that is what it is for.
 */
const [driver = '', modelsDirectory = ''] = process.argv.slice(2);

async function tryOut(): Promise<void> {
  const { openEngine } = (await import(driver)) as EngineModule;
  const engine = await openEngine({ threads: 1 });
  const network = await engine.load(await readBuiltIn(modelsDirectory, 'landmarks-68'));
  const data = new Uint8Array(112 * 112 * 3).fill(128);
  const { points } = await network.run({ image: { type: 'uint8', data, dims: [1, 112, 112, 3] } });
  if (points?.length !== 136 || !points.every(Number.isFinite)) throw new Error('wrong numbers');
}

tryOut().then(
  () => process.exit(0),
  (error: unknown) => {
    process.send?.(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
