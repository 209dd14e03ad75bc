import { type DetPoint, probit } from '../statistics/curves.js';
import { escapeHtml } from './words.js';

export interface DetLine {
  readonly name: string;
  readonly points: readonly DetPoint[];
  readonly colour: string;
  readonly dashed?: boolean;
}

const SIZE = { width: 760, height: 520 };
const PLOT = { left: 64, top: 16, right: 540, bottom: 468 };
const TICKS = [1e-5, 1e-4, 1e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4];
const MOST = 0.5;

/**
 * Detection error trade-off on normal deviate axes (ISO/IEC 19795-1): the lower left is better. Undefined where no
 * line has a point at which both rates are above 0.
 */
export function drawDet(lines: readonly DetLine[]): string | undefined {
  const shown = lines
    .map((line) => ({ ...line, points: line.points.filter(({ fmr, fnmr }) => fmr > 0 && fnmr > 0) }))
    .filter(({ points }) => points.length > 0);
  if (shown.length === 0) return undefined;
  const all = shown.flatMap(({ points }) => points);
  const x = axis(Math.min(...all.map(({ fmr }) => fmr)), PLOT.left, PLOT.right);
  const y = axis(Math.min(...all.map(({ fnmr }) => fnmr)), PLOT.bottom, PLOT.top);
  const grid = [
    ...x.ticks.map((rate) => {
      const at = x.place(rate).toFixed(1);
      return `<line x1="${at}" y1="${PLOT.top}" x2="${at}" y2="${PLOT.bottom}"/><text x="${at}" y="${PLOT.bottom + 18}" text-anchor="middle">${tick(rate)}</text>`;
    }),
    ...y.ticks.map((rate) => {
      const at = y.place(rate).toFixed(1);
      return `<line x1="${PLOT.left}" y1="${at}" x2="${PLOT.right}" y2="${at}"/><text x="${PLOT.left - 8}" y="${Number(at) + 4}" text-anchor="end">${tick(rate)}</text>`;
    }),
  ];
  const from = Math.max(x.least, y.least);
  const diagonal = `<line class="equal" x1="${x.place(from)}" y1="${y.place(from)}" x2="${x.place(MOST)}" y2="${y.place(MOST)}"/>`;
  const curves = shown.map(({ points, colour, dashed }) => {
    const inside = points.filter(({ fmr, fnmr }) => fmr <= MOST && fnmr <= MOST);
    // One point alone is a dot; a step of the counts is drawn as the straight line between its ends.
    const path = inside.map(({ fmr, fnmr }) => `${x.place(fmr).toFixed(1)},${y.place(fnmr).toFixed(1)}`);
    return `<polyline points="${path.join(' ')}" stroke="${colour}"${dashed === true ? ' stroke-dasharray="7 4"' : ''}${inside.length === 1 ? ' stroke-linecap="round" stroke-width="6"' : ''}/>`;
  });
  const legend = lines.map(({ name, colour, dashed, points }, i) => {
    const at = PLOT.top + 12 + i * 22;
    const none = points.some(({ fmr, fnmr }) => fmr > 0 && fnmr > 0) ? '' : ' (no overlap)';
    const label = name.length > 24 ? `${name.slice(0, 23)}…` : name;
    return `<line x1="562" y1="${at}" x2="590" y2="${at}" stroke="${colour}" stroke-width="2.5"${dashed === true ? ' stroke-dasharray="7 4"' : ''}/><text x="598" y="${at + 4}">${escapeHtml(label)}${none}</text>`;
  });
  const height = Math.max(SIZE.height, PLOT.top + 24 + lines.length * 22);
  return `<svg class="det" viewBox="0 0 ${SIZE.width} ${height}" role="img" aria-label="Detection error trade-off: false-non-match rate over false-match rate">
<g class="grid">${grid.join('')}</g>${diagonal}
<rect class="frame" x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.right - PLOT.left}" height="${PLOT.bottom - PLOT.top}"/>
<g class="curves">${curves.join('')}</g><g class="legend">${legend.join('')}</g>
<text class="title" x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 42}" text-anchor="middle">false-match rate</text>
<text class="title" transform="translate(16 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">false-non-match rate</text>
</svg>`;
}

function axis(smallest: number, start: number, end: number) {
  // One tick below the smallest rate that occurs, so that no curve runs along the edge.
  const least = [...TICKS].reverse().find((tickRate) => tickRate <= smallest * 0.999) ?? smallest / 2;
  const low = probit(least);
  const high = probit(MOST);
  return {
    least,
    ticks: TICKS.filter((rate) => rate >= least),
    place: (rate: number): number => start + ((probit(rate) - low) / (high - low)) * (end - start),
  };
}

function tick(rate: number): string {
  return `${Number((rate * 100).toPrecision(2))}&#8202;%`;
}
