import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine } from './parts/examine.mjs';
import { createRandom } from './parts/random.mjs';
import { makeKey } from './parts/specimen.mjs';
import { FAILURES, tracedLife } from './parts/traced-solo.mjs';

/**
 * Lets one call on the outbox's files fail (strace), once, or from then on. The process may refuse and may end, with a
 * code of its own; what it acknowledged must be there afterwards. The control acknowledges before it wrote,
 * and has no second copy.
 */
export async function run({ count = 12, seed = 1, store = 'sqlite3', control = false }) {
  const directory = mkdtempSync(join(tmpdir(), 'outbox-calls-'));
  const random = createRandom(seed);
  const pem = makeKey();
  const key = join(directory, 'key.pem');
  writeFileSync(key, pem);
  const figures = { trials: 0, injected: 0, acknowledged: 0, refused: 0 };
  const amiss = { lost: 0, altered: 0, broken: 0, untyped: 0 };
  const examples = [];
  try {
    for (let trial = 0; trial < count; trial++) {
      const { call, most, errors } = FAILURES[control ? 0 : trial % FAILURES.length];
      const first = control ? random.between(25, 40) : random.between(1, most + 1);
      const where = `${first}${control || random.chance(0.3) ? '+' : ''}`;
      const inject = `inject=${call}:error=${random.pick(errors)}:when=${where}`;
      const place = join(directory, `trial-${trial}`);
      mkdirSync(place);
      const life = await tracedLife(place, { key, store, weaken: control ? 'early' : 'none', inject });
      // The second copy would save what the control claims to have written.
      if (control) rmSync(join(life.state, 'outbox-log'), { recursive: true, force: true });
      const seen = await examine(life.state, { acknowledged: life.acknowledged, store, pem });
      const broken =
        seen.broken ?? (life.ended === 0 || life.ended === 4 ? undefined : `ended ${life.ended}`);
      const untyped = life.lines.filter((line) => line.includes('UNTYPED'));
      figures.trials++;
      figures.injected += life.injected ? 1 : 0;
      figures.acknowledged += life.acknowledged.length;
      figures.refused += life.lines.filter((line) => /^(fault|unopened) /.test(line)).length;
      amiss.lost += seen.lost;
      amiss.altered += seen.altered;
      amiss.untyped += untyped.length;
      amiss.broken += broken === undefined ? 0 : 1;
      if (broken !== undefined || seen.lost + untyped.length > 0) {
        examples.push({ inject, broken, lost: seen.lost, untyped: untyped[0] });
      }
      rmSync(place, { recursive: true });
    }
    const bad = amiss.lost + amiss.altered + amiss.broken + amiss.untyped;
    return {
      ok: control ? amiss.lost > 0 : bad === 0 && figures.injected > 0,
      figures: { ...figures, ...amiss, examples: control ? [] : examples.slice(0, 5) },
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
