import type { EvaluationReport, GroupReport } from './report.js';
import { cell, table, textCell } from './tables.js';
import { count, escapeHtml, percent, percentRange, target } from './words.js';

const MOST_FAILURES = 500;

const REASONS: Readonly<Record<string, string>> = {
  'image-unusable': 'the picture cannot be used',
  'no-face': 'no face was found',
  'several-faces': 'several people are in it',
  'no-source': 'no card photo could be made of it',
  'card-bytes': 'not even the coarsest card photo fits its bytes',
  'program-failed': 'the program failed at it',
};

export function methodSection({ model, protocol, software, at, groups, dataset }: EvaluationReport): string {
  const facts: [string, string][] = [
    ['data set', escapeHtml(dataset)],
    ['model', `${escapeHtml(model.name)} <small>SHA-256 ${model.sha256.slice(0, 16)}…</small>`],
    [
      'score',
      model.compare === 'cosine' ? 'cosine of the two embeddings' : '1 − distance of the two embeddings',
    ],
    ['protocol', escapeHtml(protocol.text)],
    ['software', `${escapeHtml(software)}, ${escapeHtml(at)}`],
  ];
  for (const { group, genuine, impostor } of protocol.sampled) {
    facts.push([
      `sampled, ${escapeHtml(group)}`,
      `${percent(genuine)} of the genuine, ${percent(impostor)} of the impostor pairs, chosen by seed ${protocol.seed}`,
    ]);
  }
  const rows = groups.map(({ group, pictures, people, genuine, impostor }) => ({
    cells: [
      escapeHtml(group),
      people === undefined ? '–' : count(people),
      count(pictures),
      comparedOf(genuine),
      comparedOf(impostor),
    ],
  }));
  return `<h2>Method</h2>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>
${table(['group', 'people', 'pictures', 'genuine pairs', 'impostor pairs'], rows)}
<p class="note">Intervals are Wilson's, 95 %. They take comparisons for independent; those that share a person or a picture are not, so that the truth is wider, most of all with few people.</p>`;
}

function comparedOf({ planned, compared }: GroupReport['genuine']): string {
  return planned === compared
    ? count(compared)
    : cell(count(compared), `of ${count(planned)}; the rest lack a picture`);
}

export function acquisitionSection({ acquisition, failures }: EvaluationReport): string {
  const rows = acquisition.map(({ group, role, attempted, failed, rate, interval, noSource }) => ({
    group,
    cells: [
      escapeHtml(group),
      textCell(escapeHtml(role)),
      count(attempted),
      count(failed),
      cell(percent(rate), percentRange(interval)),
      noSource === 0 ? '–' : count(noSource),
    ],
  }));
  const listed = failures.slice(0, MOST_FAILURES).map(({ file, group, role, reason, detail }) => ({
    cells: [
      textCell(escapeHtml(file), 'text file'),
      textCell(escapeHtml(group)),
      textCell(escapeHtml(role)),
      textCell(`${REASONS[reason] ?? reason}${detail === undefined ? '' : ` (${escapeHtml(detail)})`}`),
    ],
  }));
  const list = table(['<picture', '<group', '<taken as', '<why'], listed);
  const more =
    failures.length > MOST_FAILURES
      ? `<p class="note">The first ${MOST_FAILURES} of ${count(failures.length)}; report.json has all.</p>`
      : '';
  return `<h2>Failure to acquire</h2>
${table(['group', '<taken as', 'attempted', 'failed', 'FTA', 'without a source'], rows)}
<p class="note">Pairs with such a picture are in no error rate below, but in "FNMR with failures".</p>
${failures.length === 0 ? '' : `<details${failures.length > 25 ? '' : ' open'}><summary>${count(failures.length)} that failed</summary>${list}${more}</details>`}`;
}

export function ratesSection({ groups }: EvaluationReport): string {
  const rows = groups.flatMap(({ group, eer, rates, unsupported, impostor }) => [
    ...rates.map((row, i) => ({
      group,
      cells: [
        i === 0 ? escapeHtml(group) : '',
        i === 0 && eer !== undefined ? percent(eer.rate) : '',
        `${target(row.targetFmr)}${row.thin ? ' †' : ''}`,
        row.threshold.toFixed(4),
        cell(percent(row.fmr), `${percentRange(row.fmrInterval)}; ${count(row.falseMatches)} pairs`),
        cell(percent(row.fnmr), `${percentRange(row.fnmrInterval)}; ${count(row.falseNonMatches)} pairs`),
        percent(row.fnmrWithFailures),
      ],
    })),
    ...(unsupported.length > 0
      ? [
          {
            group,
            cells: [
              rates.length === 0 ? escapeHtml(group) : '',
              `<td colspan="6" class="text"><small>${unsupported.map(target).join(', ')}: ${count(impostor.compared)} impostor pairs are too few</small></td>`,
            ],
          },
        ]
      : []),
  ]);
  return `<h2>Error rates</h2>
<p>For each group the lowest threshold at which at most the target rate of its impostor pairs matches.</p>
${table(['group', 'EER', 'target FMR', 'threshold', 'FMR', 'FNMR', 'FNMR with failures'], rows)}
<p class="note">† fewer than 30 false matches expected: the threshold itself is uncertain. A rate for which fewer than 3 are expected is not given.</p>`;
}

export function inForceSection({ inForce, model }: EvaluationReport): string {
  if (inForce.length === 0) return '';
  const rows = inForce.flatMap(({ targetFmr, threshold, strictest, extrapolated, groups }) =>
    groups.map(({ group, fmr, fnmr, fmrInterval, fnmrInterval }, i) => ({
      group: String(targetFmr),
      cells: [
        i === 0 ? target(targetFmr) : '',
        i === 0
          ? cell(threshold.toFixed(4), `${escapeHtml(strictest)}${extrapolated ? ', extrapolated' : ''}`)
          : '',
        textCell(escapeHtml(group)),
        cell(percent(fmr), percentRange(fmrInterval)),
        cell(percent(fnmr), percentRange(fnmrInterval)),
      ],
    })),
  );
  return `<h2>At the thresholds in force</h2>
<p>What these people would meet with the calibration that ${escapeHtml(model.name)} carries now: the threshold of its strictest group.</p>
${table(['target FMR', 'threshold', '<group', 'FMR', 'FNMR'], rows)}`;
}
