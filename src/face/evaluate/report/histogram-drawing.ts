import type { Histogram } from '../statistics/curves.js';
import { escapeHtml, target } from './words.js';

const SIZE = { width: 460, height: 220 };
const PLOT = { left: 12, top: 26, right: 448, bottom: 184 };

/** Scores of genuine and impostor pairs, each as shares of its own, with the thresholds of some false-match rates. */
export function drawHistogram(
  name: string,
  { from, binWidth, genuine, impostor }: Histogram,
  thresholds: readonly { readonly targetFmr: number; readonly threshold: number }[],
): string {
  const bins = Math.max(genuine.length, 1);
  const to = from + binWidth * bins;
  const most = Math.max(...genuine, ...impostor, 1e-9);
  const x = (score: number) => PLOT.left + ((score - from) / (to - from)) * (PLOT.right - PLOT.left);
  const y = (share: number) => PLOT.bottom - (share / most) * (PLOT.bottom - PLOT.top);
  const steps = (shares: readonly number[]): string =>
    [
      `M${x(from).toFixed(1)},${PLOT.bottom}`,
      ...shares.map((share, i) => `V${y(share).toFixed(1)}H${x(from + (i + 1) * binWidth).toFixed(1)}`),
      `V${PLOT.bottom}Z`,
    ].join('');
  const lines = thresholds
    .filter(({ threshold }) => threshold >= from && threshold <= to)
    .map(({ targetFmr, threshold }, i) => {
      const at = x(threshold).toFixed(1);
      const label = PLOT.top + 10 + i * 13;
      const left = Number(at) > PLOT.right - 90;
      return `<line x1="${at}" y1="${PLOT.top}" x2="${at}" y2="${PLOT.bottom}"/><text x="${Number(at) + (left ? -4 : 4)}" y="${label}"${left ? ' text-anchor="end"' : ''}>FMR ${target(targetFmr)}</text>`;
    });
  const ticks = niceTicks(from, to).map((score) => {
    const at = x(score).toFixed(1);
    return `<line x1="${at}" y1="${PLOT.bottom}" x2="${at}" y2="${PLOT.bottom + 4}"/><text x="${at}" y="${PLOT.bottom + 17}" text-anchor="middle">${score}</text>`;
  });
  return `<svg class="histogram" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="Scores, ${escapeHtml(name)}">
<text class="title" x="${PLOT.left}" y="14">${escapeHtml(name)}</text>
<path class="impostor" d="${steps(impostor)}"/><path class="genuine" d="${steps(genuine)}"/>
<g class="thresholds">${lines.join('')}</g>
<line class="base" x1="${PLOT.left}" y1="${PLOT.bottom}" x2="${PLOT.right}" y2="${PLOT.bottom}"/><g class="ticks">${ticks.join('')}</g>
<text x="${(PLOT.left + PLOT.right) / 2}" y="${SIZE.height - 4}" text-anchor="middle">comparison score</text></svg>`;
}

function niceTicks(from: number, to: number): number[] {
  const rough = (to - from) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? rough;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to; i++) ticks.push(Number((i * step).toFixed(6)));
  return ticks;
}
