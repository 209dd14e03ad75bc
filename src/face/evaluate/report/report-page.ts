import { type DetLine, drawDet } from './det-drawing.js';
import { drawHistogram } from './histogram-drawing.js';
import { acquisitionSection, inForceSection, methodSection, ratesSection } from './page-sections.js';
import { PAGE_STYLE } from './page-style.js';
import type { EvaluationReport, GroupReport, NamedPair, PeerReport } from './report.js';
import { cell, table } from './tables.js';
import { count, escapeHtml, percent, percentRange, target } from './words.js';

/** Colours that remain apart for colour-blind eyes (Okabe and Ito 2008). */
const COLOURS = ['#000000', '#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** The whole report as one HTML file: style and drawings inside, no script, nothing fetched. */
export function reportPage(report: EvaluationReport): string {
  const title = `${report.dataset}: ${report.model.name}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style></head><body>
<h1>Face comparison: ${escapeHtml(report.dataset)}</h1>
<p class="lead">${escapeHtml(report.model.name)}, ${escapeHtml(report.at.slice(0, 10))}. Words and measures after ISO/IEC 19795-1.</p>
${headline(report)}
${methodSection(report)}
${acquisitionSection(report)}
${ratesSection(report)}
${detSection(report)}
${histogramSection(report)}
${inForceSection(report)}
${report.peers.map(peerSection).join('\n')}
${worstSection(report)}
</body></html>
`;
}

function headline({ groups, acquisition }: EvaluationReport): string {
  const [first] = groups;
  const tiles: string[] = [];
  const tile = (figure: string, words: string) =>
    tiles.push(`<div><b>${figure}</b><span>${words}</span></div>`);
  if (first?.eer !== undefined) tile(percent(first.eer.rate), 'equal error rate');
  for (const rate of [1e-2, 1e-3]) {
    const row = first?.rates.find(({ targetFmr }) => targetFmr === rate);
    if (row !== undefined) {
      tile(percent(row.fnmr), `FNMR at FMR ${target(rate)}<br>95 %: ${percentRange(row.fnmrInterval)}`);
    }
  }
  const byRole = new Map<string, { attempted: number; failed: number }>();
  for (const { role, attempted, failed } of acquisition) {
    const sum = byRole.get(role) ?? { attempted: 0, failed: 0 };
    byRole.set(role, { attempted: sum.attempted + attempted, failed: sum.failed + failed });
  }
  for (const [role, { attempted, failed }] of byRole) {
    tile(
      percent(failed / (attempted || 1)),
      `failure to acquire, ${role}<br>${failed} of ${count(attempted)}`,
    );
  }
  return `<div class="figures">${tiles.join('')}</div>`;
}

function detSection({ groups }: EvaluationReport): string {
  const drawn = drawDet(
    groups.map(({ group, det }, i) => ({ name: group, points: det, colour: colourOf(i) })),
  );
  return `<h2>Error trade-off</h2>${
    drawn ??
    '<p>No curve: at every threshold one of both rates is 0, as the scores of the same and of different people do not overlap.</p>'
  }`;
}

function histogramSection({ groups }: EvaluationReport): string {
  return `<h2>Scores</h2>
<p><span class="key genuine"></span>genuine: two pictures of one person <span class="key impostor"></span>impostor: of two people. Each as a part of its own number.</p>
<div class="grid2">${groups
    .map(({ group, histogram, rates }) =>
      drawHistogram(
        group,
        histogram,
        rates.filter(({ targetFmr }) => targetFmr <= 1e-2 && targetFmr >= 1e-4),
      ),
    )
    .join('')}</div>`;
}

function peerSection({ name, groups }: PeerReport): string {
  const lines = groups.flatMap(({ group, ours, theirs }, i): DetLine[] => [
    { name: group, points: ours.det, colour: colourOf(i + 1) },
    { name: `${group}, ${name}`, points: theirs.det, colour: colourOf(i + 1), dashed: true },
  ]);
  const rows = groups.flatMap(({ group, genuine, impostor, missing, ours, theirs }) =>
    [1e-1, 1e-2, 1e-3, 1e-4].flatMap((targetFmr) => {
      const our = ours.rates.find((row) => row.targetFmr === targetFmr);
      const their = theirs.rates.find((row) => row.targetFmr === targetFmr);
      if (our === undefined || their === undefined) return [];
      const times = our.fnmr > 0 ? `${(their.fnmr / our.fnmr).toFixed(1)} ×` : '–';
      return [
        {
          group,
          cells: [
            escapeHtml(group),
            target(targetFmr),
            cell(percent(our.fnmr), percentRange(our.fnmrInterval)),
            cell(percent(their.fnmr), percentRange(their.fnmrInterval)),
            times,
            `${count(genuine)} / ${count(impostor)}`,
            count(missing),
          ],
        },
      ];
    }),
  );
  const other = escapeHtml(name);
  return `<h2>Beside ${other}</h2>
<p>Only pairs that both could compare; pairs that ${other} gave no score for are counted in the last column.</p>
${table(['group', 'FMR', 'FNMR, this model', `FNMR, ${other}`, 'theirs / ours', 'pairs genuine / impostor', 'without their score'], rows)}
${drawDet(lines) ?? '<p>No curve: at least one of both rates is 0 at every threshold.</p>'}`;
}

function worstSection({ groups }: EvaluationReport): string {
  const list = (pairs: readonly NamedPair[]): string =>
    table(
      ['<probe', '<reference', 'score'],
      pairs.map(({ probe, reference, score }) => ({
        cells: [
          `<td class="file">${escapeHtml(probe)}</td>`,
          `<td class="file">${escapeHtml(reference)}</td>`,
          score.toFixed(4),
        ],
      })),
    );
  const each = groups
    .filter(({ worstGenuine, worstImpostor }) => worstGenuine.length + worstImpostor.length > 0)
    .map(
      ({ group, worstGenuine, worstImpostor }: GroupReport) =>
        `<div class="grid2"><div><h3>${escapeHtml(group)}: least alike of one person</h3>${list(worstGenuine)}</div><div><h3>${escapeHtml(group)}: most alike of two people</h3>${list(worstImpostor)}</div></div>`,
    );
  return `<h2>Pairs to look at</h2><p>Wrong labels show here first.</p>${each.join('')}`;
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#000000';
}
