import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenedReport } from '../../carrier/open-report.js';
import type { VisitView } from '../../domain/visit.js';
import { EXIT, print } from '../output.js';
import { tellReport } from './report.js';
import { actOut, type DemoVisit, demoVisits } from './visits.js';
import type { DemoWorld } from './world.js';

const REPORT_MS = 30_000;

/** Acts out every visit, tells what happens, and resolves with the exit code: 0 only if all ended as they should. */
export async function runVisits(world: DemoWorld): Promise<number> {
  const visits = demoVisits(world.devices.people().map(({ id }) => id));
  const results: string[] = [];
  let wrong = 0;
  for (const [index, visit] of visits.entries()) {
    print(`\n── visit ${index + 1} of ${visits.length}: ${visit.title}`);
    const problems = await serve(world, visit);
    wrong += problems.length === 0 ? 0 : 1;
    results.push(`${problems.length === 0 ? '✔' : '✘'} ${visit.title}: ${visit.outcome} (${visit.reason})`);
    for (const problem of problems) results.push(`    ${problem}`);
    await world.page.act({ type: 'finish' });
  }
  const { last, missing, broken } = await world.audit();
  const whole = missing.length === 0 && broken.length === 0 && last === world.carrier.reports.length;
  print(`\n${results.join('\n')}`);
  print(
    `${whole ? '✔' : '✘'} the carrier has all ${last} reports, and their chain ${whole ? 'is whole' : 'is broken'}`,
  );
  return wrong === 0 && whole ? EXIT.done : EXIT.no;
}

/** One visit and its report; resolves with what was not as it should be. */
async function serve(world: DemoWorld, visit: DemoVisit): Promise<string[]> {
  const view = await actOut(world, visit, (line) => print(`  ${line}`));
  print(`  the page shows: ${view.outcome ?? 'nothing'} (${(view.reasons ?? []).join(', ')})`);
  const problems: string[] = [];
  const report = await reportOf(world, ({ report: { id } }) => id === view.visitId);
  if (report === undefined) return ['the carrier did not get the report'];
  print(indent(tellReport(report)));
  problems.push(...compare(visit, view, report));
  if (visit.dispute === true) {
    const dispute = await reportOf(world, ({ report: { dispute } }) => dispute !== undefined);
    if (dispute === undefined) problems.push('the dispute did not reach the carrier');
    else print(indent(tellReport(dispute)));
  }
  return problems;
}

function compare(visit: DemoVisit, view: VisitView, { report, holders }: OpenedReport): string[] {
  const problems: string[] = [];
  if (view.outcome !== visit.outcome) problems.push(`the page showed ${view.outcome ?? 'nothing'}`);
  if (report.outcome !== visit.outcome) problems.push(`the report says ${report.outcome}`);
  if (report.reasons[0] !== visit.reason)
    problems.push(`the report's reason is ${report.reasons.join(', ')}`);
  if (visit.outcome === 'verified' && holders.some((holder) => holder === undefined)) {
    problems.push('a holder is missing');
  }
  return problems;
}

async function reportOf(
  { carrier }: DemoWorld,
  wanted: (opened: OpenedReport) => boolean,
): Promise<OpenedReport | undefined> {
  const end = performance.now() + REPORT_MS;
  for (;;) {
    const found = carrier.reports.find(wanted);
    if (found !== undefined || performance.now() > end) return found;
    await sleep(50);
  }
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
