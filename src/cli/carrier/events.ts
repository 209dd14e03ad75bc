import { maskName, maskNumber } from '../../card/mask.js';
import type { OpenedReport } from '../../carrier/open-report.js';
import type { Kept } from '../../carrier/store.js';
import type { Holder } from '../../contract/report.js';
import type { CommandResult } from '../../contract/terminal-messages.js';

/** One JSON line on stdout for each thing that happens. */
export function writeEvent(event: string, facts: object): void {
  process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`);
}

/** A command's result as it is printed: of next keys their id alone, and no site bundle. */
export function describeResult(
  { enrolment, bundle: _bundle, ...result }: Omit<CommandResult, 'sealed'>,
  logs: readonly string[] | undefined,
) {
  return { ...result, ...(enrolment === undefined ? {} : { nextKey: enrolment.terminalKey }), logs };
}

/** A report as it is printed: without sealed parts, holders opened, masked unless wished otherwise. */
export function describeReport(
  { report, holders, hash }: OpenedReport,
  kept: Kept,
  unmasked: boolean,
): object {
  const people = report.people.map(({ holder: _sealed, ...person }, index) => {
    const holder = holders[index];
    return holder === undefined ? person : { ...person, holder: unmasked ? holder : maskHolder(holder) };
  });
  return { terminal: report.terminal, kept, hash, report: { ...report, people } };
}

function maskHolder({ kind, name, number, validUntil }: Holder): Partial<Holder> {
  return { kind, name: maskName(name), number: maskNumber(number), validUntil };
}
