import { join } from 'node:path';
import type { EvaluationReport } from '../face/evaluate/report/report.js';
import { percent, percentRange, target } from '../face/evaluate/report/words.js';
import { print } from './output.js';

/** The report's main figures on one screen. */
export function showEvaluation(
  { groups, acquisition, failures, model, peers }: EvaluationReport,
  out: string,
): void {
  print(`model       ${model.name}`);
  for (const { group, role, attempted, failed, rate } of acquisition) {
    print(`${group}: failure to acquire, ${role}: ${percent(rate)} (${failed} of ${attempted})`);
  }
  for (const { group, genuine, impostor, eer, rates } of groups) {
    print(`${group}: ${genuine.compared} genuine and ${impostor.compared} impostor pairs`);
    if (eer === undefined) {
      print('  nothing to count: pairs of one person and of two people are both needed');
      continue;
    }
    print(`  EER ${percent(eer.rate)}`);
    for (const { targetFmr, threshold, fnmr, fnmrInterval, thin } of rates) {
      print(
        `  at FMR ${target(targetFmr).padEnd(7)} FNMR ${percent(fnmr).padEnd(7)} (${percentRange(fnmrInterval)})  threshold ${threshold.toFixed(4)}${thin ? '  few impostor pairs' : ''}`,
      );
    }
  }
  for (const { name, groups: beside } of peers) {
    for (const { group, ours, theirs } of beside) {
      for (const { targetFmr, fnmr } of ours.rates) {
        const their = theirs.rates.find((row) => row.targetFmr === targetFmr);
        if (their !== undefined) {
          print(
            `${group}: at FMR ${target(targetFmr)} FNMR ${percent(fnmr)}, ${name} ${percent(their.fnmr)}`,
          );
        }
      }
    }
  }
  if (failures.length > 0) print(`${failures.length} failures to acquire; the report lists them`);
  print(`written to  ${join(out, 'report.html')}`);
}
