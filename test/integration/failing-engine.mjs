import { openEngine as openReal } from '#built/face/onnx-driver.js';

/**
 * The shipped engine, and what goes wrong with it. Given as `failing-engine.mjs?at=HOW`: `open`, `load`, `ssd` or `run` is
 * where it does, `HOW` is `throw`, or `exit`, which takes the thread with it. Else only pictures of one colour fail: red
 * throws, green ends the thread, blue throws where nobody catches.
 */
const wrong = new URL(import.meta.url).searchParams;
const SSD_BYTES = 22_098_302;

const ways = {
  throw() {
    throw new Error('out of cheese');
  },
  exit() {
    process.exit(7);
  },
  escape() {
    setImmediate(() => ways.throw());
    return new Promise(() => {});
  },
};
const COLOURS = { '255,0,0': ways.throw, '0,255,0': ways.exit, '0,0,255': ways.escape };

const failAt = (place) => ways[wrong.get(place)]?.();

export async function openEngine(options) {
  await failAt('open');
  const engine = await openReal(options);
  return {
    ...engine,
    async load(model) {
      await failAt('load');
      if (model.length === SSD_BYTES) await failAt('ssd');
      const network = await engine.load(model);
      return {
        async run(inputs) {
          await failAt('run');
          for (const { data, dims } of Object.values(inputs)) await COLOURS[middleOf(data, dims)]?.();
          return network.run(inputs);
        },
        release: () => network.release(),
      };
    },
  };
}

/** Colour of the pixel in the middle. */
function middleOf(data, [, height = 0, width = 0]) {
  const at = 3 * (Math.floor(height / 2) * width + Math.floor(width / 2));
  return String([...data.subarray(at, at + 3)]);
}
