import { readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/**
 * `npm run faults -- <name> [--count N] [--seed S] [--store sqlite3|node-sqlite] [--rate R] [--control]`
 *
 * Every program here is a `<name>.fault.mjs` that exports `run(options)`, resolving to `{ok, figures}`. With
 * `--control` a deliberately weakened build is put in place of the real one: then losses must be seen, because a
 * proof that cannot fail proves nothing. Exit code 0: as it should be; 1: not.
 */
const here = new URL('.', import.meta.url);
const names = (await readdir(here))
  .filter((file) => file.endsWith('.fault.mjs'))
  .map((file) => file.replace('.fault.mjs', ''))
  .sort();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    store: { type: 'string', default: 'sqlite3' },
    rate: { type: 'string' },
    outage: { type: 'string' },
    'hangs-up': { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [name] = positionals;
if (values.help || name === undefined || !names.includes(name)) {
  process.stderr.write(
    `npm run faults -- NAME [--count N] [--seed S] [--store sqlite3|node-sqlite] [--rate R] [--control]\nNAME: ${names.join(', ')}\n`,
  );
  process.exit(values.help ? 0 : 2);
}

const { run } = await import(new URL(`./${name}.fault.mjs`, here).href);
const startedAt = performance.now();
const { ok, figures } = await run({
  ...(values.count === undefined ? {} : { count: Number(values.count) }),
  ...(values.rate === undefined ? {} : { rate: Number(values.rate) }),
  ...(values.outage === undefined ? {} : { outage: Number(values.outage) }),
  hangsUp: values['hangs-up'],
  seed: Number(values.seed),
  store: values.store,
  control: values.control,
});
const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1));
const { seed, store, control } = values;
process.stdout.write(
  `${JSON.stringify({ name, ok, control, store, seed: Number(seed), seconds, figures })}\n`,
);
process.exit(ok ? 0 : 1);
