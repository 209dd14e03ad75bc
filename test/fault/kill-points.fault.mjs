import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine } from './parts/examine.mjs';
import { createRandom } from './parts/random.mjs';
import { makeKey } from './parts/specimen.mjs';
import { FAILURES, tracedLife } from './parts/traced-solo.mjs';

/** Every call of an outbox on its files, the first, the second and so on. */
const POINTS = FAILURES.flatMap(({ call, most }) =>
  Array.from({ length: most }, (_, index) => ({ call, at: index + 1 })),
);

/**
 * SIGKILL at a named point: as the process makes its n-th call of a kind on the outbox's files. The next life, which
 * begins with recovery, is killed at another one. What either acknowledged must be there. The points are gone through
 * in an order that the seed gives; 125 are all of them. The control acknowledges before it wrote, without second copy.
 */
export async function run({ count = 12, seed = 1, store = 'sqlite3', control = false }) {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-points-'));
  const random = createRandom(seed);
  const pem = makeKey();
  const key = join(directory, 'key.pem');
  writeFileSync(key, pem);
  const order = POINTS.map((point) => ({ ...point, rank: random.next() })).sort((a, b) => a.rank - b.rank);
  const figures = {
    trials: 0,
    points: POINTS.length,
    killed: 0,
    acknowledged: 0,
    lost: 0,
    altered: 0,
    broken: 0,
  };
  const examples = [];
  try {
    for (let trial = 0; trial < count; trial++) {
      const place = join(directory, `trial-${trial}`);
      mkdirSync(place);
      const points = control
        ? [{ call: 'pwrite64', at: random.between(30, 60) }]
        : [order[trial % order.length], random.pick(POINTS)];
      let life;
      for (const { call, at } of points) {
        const inject = `inject=${call}:signal=SIGKILL:when=${at}`;
        life = await tracedLife(place, { key, store, weaken: control ? 'early' : 'none', inject });
        figures.killed += life.ended === 'SIGKILL' ? 1 : 0;
      }
      const { state, acknowledged } = life;
      if (control) rmSync(join(state, 'outbox-log'), { recursive: true, force: true });
      const seen = await examine(state, { acknowledged, store, pem });
      figures.trials++;
      figures.acknowledged += acknowledged.length;
      figures.lost += seen.lost;
      figures.altered += seen.altered;
      figures.broken += seen.broken === undefined ? 0 : 1;
      if (seen.lost > 0 || seen.broken !== undefined) examples.push({ points, ...seen });
      rmSync(place, { recursive: true });
    }
    const bad = figures.lost + figures.altered + figures.broken;
    return {
      ok: control ? figures.lost > 0 : bad === 0 && figures.killed > 0,
      figures: { ...figures, examples: control ? [] : examples.slice(0, 5) },
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
