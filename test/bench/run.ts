import { arch, cpus, totalmem } from 'node:os';

/** What one bench gives: figures by name, in its own units; ratios name both sides. */
interface Result {
  readonly name: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

const BENCHES: Readonly<Record<string, () => Promise<{ bench: () => Promise<Result> }>>> = {
  card: () => import('./card.js'),
  face: () => import('./face.js'),
  outbox: () => import('./outbox.js'),
  uplink: () => import('./uplink.js'),
  fleet: () => import('./fleet.js'),
  terminal: () => import('./terminal.js'),
};

/** `npm run bench -- [card] [face] [outbox] [uplink] [fleet] [terminal] [--json]` */
async function main(words: readonly string[]): Promise<void> {
  const json = words.includes('--json');
  const wanted = words.filter((word) => !word.startsWith('--'));
  const unknown = wanted.filter((name) => !(name in BENCHES));
  if (unknown.length > 0 || words.includes('--help')) {
    process.stderr.write(`npm run bench -- [${Object.keys(BENCHES).join('] [')}] [--json]\n`);
    process.exitCode = unknown.length > 0 ? 2 : 0;
    return;
  }
  const results: Result[] = [];
  for (const [name, load] of Object.entries(BENCHES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`measuring ${name} ...\n`);
    const result = await (await load()).bench();
    results.push(result);
    if (!json) show(result);
  }
  const machine = {
    node: process.version,
    arch: arch(),
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
  if (json) process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
}

function show({ name, figures }: Result): void {
  process.stdout.write(`\n${name}\n`);
  for (const [key, value] of Object.entries(figures)) {
    process.stdout.write(
      `  ${key.padEnd(60)} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}\n`,
    );
  }
}

await main(process.argv.slice(2).filter((word) => word !== '--'));
process.exit();
