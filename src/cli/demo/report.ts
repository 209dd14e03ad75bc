import { stringify } from 'yaml';
import type { OpenedReport } from '../../carrier/open-report.js';

/** A report as the carrier has it after verifying and opening: what was sealed stands in its place, opened. */
export function tellReport({ report, holders, hash }: OpenedReport): string {
  const opened = {
    ...report,
    people: report.people.map((person, index) => ({ ...person, holder: holders[index] })),
    hash,
  };
  const text = stringify(JSON.parse(JSON.stringify(opened)), { lineWidth: 110 });
  const lines = text.trimEnd().split('\n');
  return ['the carrier opened:', ...lines.map((line) => `  │ ${line}`)].join('\n');
}
