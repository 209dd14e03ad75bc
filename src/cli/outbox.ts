import { open } from 'node:fs/promises';
import { Command } from 'commander';
import { loadConfig } from '../config/load.js';
import { chooseStore } from '../drivers.js';
import { isOwned } from '../outbox/owner-lock.js';
import { type OutboxReading, type ReadOptions, type ReadRow, readOutbox } from '../outbox/read-outbox.js';
import type { ReportRow } from '../outbox/reports-table.js';
import { EXIT, note, print, printJson } from './output.js';

interface Options {
  readonly config?: string;
  readonly set?: string[];
  readonly json?: boolean;
  readonly stateDirectory?: string;
  readonly all?: boolean;
  readonly limit?: string;
}

/**
 * `countersign outbox`: looks at the queue of reports, also while the service runs; nothing in it is changed. Prints
 * numbers, ids, hashes and times: what the reports say stays where it is.
 */
export function outboxCommand(): Command {
  return new Command('outbox')
    .description('What waits for the carrier, what is confirmed, and whether the chain holds.')
    .addCommand(
      withOptions(new Command('status').description('Count what waits and what is confirmed.'))
        .addHelpText('after', '\nExample:\n  countersign outbox status --json')
        .action(status),
    )
    .addCommand(
      withOptions(new Command('list').description('List reports that are not confirmed, oldest first.'))
        .option('--all', 'confirmed ones, too')
        .option('--limit <number>', 'at most so many, 1 to 1000000', '100')
        .addHelpText('after', '\nExample:\n  countersign outbox list --all --limit 20')
        .action(list),
    )
    .addCommand(
      withOptions(
        new Command('export')
          .description(
            'Write reports that are not confirmed to a new file, one JSON object a line: signed and sealed, as the ' +
              'carrier would get them over the network. They stay in the queue.',
          )
          .argument('<file>', 'file to write; it must not exist'),
      )
        .addHelpText('after', '\nExample:\n  countersign outbox export /media/stick/reports.jsonl')
        .action(exportTo),
    )
    .addCommand(
      withOptions(
        new Command('verify').description(
          'Prove numbers and hash chain in both copies; exit code 1 when broken.',
        ),
      )
        .addHelpText(
          'after',
          '\nExample:\n  countersign outbox verify --state-directory /var/lib/countersign',
        )
        .action(verify),
    );
}

function withOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file')
    .option('--set <key=value...>', 'override one value of the configuration')
    .option('--state-directory <dir>', 'look here, whatever the configuration says')
    .option('--json', 'print JSON');
}

async function read(options: Options, how: ReadOptions = {}): Promise<OutboxReading & { directory: string }> {
  const { config: file, set, stateDirectory } = options;
  // A queue on a card taken from another terminal comes without a configuration.
  const bare = stateDirectory !== undefined && file === undefined;
  const config = bare ? undefined : await loadConfig({ file, set });
  const directory = stateDirectory ?? config?.stateDirectory ?? '';
  return { ...(await readOutbox(directory, chooseStore(config?.outbox.store ?? 'auto'), how)), directory };
}

const STATES = ['waiting', 'sent', 'confirmed'] as const;
const isOpen = ({ state }: { readonly state: number }): boolean => state !== 2;

async function status(options: Options): Promise<void> {
  const reading = await read(options);
  const { rows, directory, source, databaseFault, quarantined } = reading;
  const counts = { waiting: 0, sent: 0, confirmed: 0 };
  for (const { state } of rows) counts[STATES[state] ?? 'confirmed']++;
  const oldest = rows.find(isOpen);
  const found = {
    directory,
    running: await isOwned(directory),
    ...counts,
    lastSeq: rows.at(-1)?.seq ?? 0,
    ...(oldest === undefined ? {} : { oldestUnconfirmed: { seq: oldest.seq, at: oldest.at } }),
    source,
    quarantined,
    ...(databaseFault === undefined ? {} : { databaseFault }),
  };
  if (options.json === true) return printJson(found);
  print(`${directory}${found.running ? ', a service is running' : ''}`);
  print(`  waiting    ${counts.waiting}`);
  print(`  sent       ${counts.sent}`);
  print(`  confirmed  ${counts.confirmed}`);
  print(`  last       ${found.lastSeq === 0 ? 'none yet' : `number ${found.lastSeq}`}`);
  if (oldest !== undefined) print(`  oldest     number ${oldest.seq}, not confirmed since ${oldest.at}`);
  if (quarantined > 0) print(`  set aside  ${quarantined} times something was damaged (quarantine/)`);
  tellFault(reading);
}

async function list(options: Options, command: Command): Promise<void> {
  const limit = Number(options.limit);
  if (!(Number.isSafeInteger(limit) && limit >= 1 && limit <= 1_000_000)) {
    command.error('error: --limit takes a number from 1 to 1000000');
  }
  const reading = await read(options);
  const wanted = options.all === true ? reading.rows : reading.rows.filter(isOpen);
  const shown = wanted.slice(0, limit);
  if (options.json === true) return printJson(shown.map(describe));
  for (const row of shown) {
    const { seq, id, state, attempts, at, accepted, confirmedAt } = describe(row);
    const end =
      confirmedAt === undefined ? '' : `  ${accepted === false ? 'refused' : 'accepted'} ${confirmedAt}`;
    print(`${String(seq).padStart(7)}  ${state.padEnd(9)}  ${id}  ${at}  sent ${attempts}×${end}`);
  }
  if (wanted.length > shown.length) note(`${wanted.length - shown.length} more; --limit shows them.`);
  tellFault(reading);
}

function describe({ seq, id, hash, state, attempts, at, accepted, confirmedAt }: ReadRow) {
  return {
    seq,
    id,
    state: STATES[state] ?? 'confirmed',
    hash,
    attempts,
    at,
    ...(accepted === undefined ? {} : { accepted }),
    ...(confirmedAt === undefined ? {} : { confirmedAt }),
  };
}

async function exportTo(file: string, options: Options): Promise<void> {
  const target = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    note(`countersign: ${file} cannot be written: ${error.code === 'EEXIST' ? 'it exists' : error.message}`);
    process.exitCode = EXIT.unusable;
  });
  if (target === undefined) return;
  // A database that breaks off is followed by the second copy from its beginning.
  const written = new Set<number>();
  try {
    const visit = async ({ seq, id, hash, jws, state }: ReportRow): Promise<void> => {
      if (jws === undefined || state === 2 || written.has(seq)) return;
      await target.write(`${JSON.stringify({ seq, id, hash, jws })}\n`);
      written.add(seq);
    };
    const reading = await read(options, { visit });
    await target.sync();
    if (options.json === true) printJson({ file, reports: written.size, source: reading.source });
    else print(`${written.size} reports written to ${file}`);
    tellFault(reading);
  } finally {
    await target.close();
  }
}

async function verify(options: Options): Promise<void> {
  const reading = await read(options, { thorough: true });
  const { rows, problems, source, databaseFault, secondCopy, quarantined, directory } = reading;
  const ok =
    problems.length === 0 &&
    databaseFault === undefined &&
    secondCopy.differs.length === 0 &&
    secondCopy.damagedBytes === 0;
  const withBody = rows.filter(({ hasBody }) => hasBody).length;
  const range = { from: rows[0]?.seq ?? 0, to: rows.at(-1)?.seq ?? 0 };
  if (options.json === true) {
    const found = {
      ok,
      directory,
      source,
      reports: rows.length,
      withBody,
      ...range,
      problems,
      secondCopy,
      quarantined,
    };
    printJson({ ...found, ...(databaseFault === undefined ? {} : { databaseFault }) });
  } else {
    print(`${rows.length} reports, numbers ${range.from} to ${range.to}; ${withBody} with their body`);
    for (const { seq, problem } of problems) print(`  number ${seq}: ${problem.replaceAll('-', ' ')}`);
    for (const seq of secondCopy.differs) print(`  number ${seq}: the second copy has another hash`);
    if (secondCopy.damagedBytes > 0) print(`  second copy: ${secondCopy.damagedBytes} bytes are damaged`);
    if (secondCopy.lacks.length > 0) {
      print(
        `  second copy: ${secondCopy.lacks.length} reports are not in it yet; the next start completes it`,
      );
    }
    tellFault(reading);
    print(
      ok
        ? 'The chain holds.'
        : 'The chain is broken or a copy is damaged; the next start sets right what it can.',
    );
  }
  if (!ok) process.exitCode = EXIT.no;
}

function tellFault({ databaseFault, source }: OutboxReading): void {
  if (databaseFault !== undefined)
    note(`The database cannot be read (${databaseFault}); this is the ${source}.`);
}
