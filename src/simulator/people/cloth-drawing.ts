import { css, darken, mix } from './colour.js';
import type { Looks } from './looks.js';
import { Random } from './random.js';
import { tonesOf } from './tones.js';

const STYLES = ['round', 'shirt', 'jacket', 'sweater'] as const;

/** SVG of chest and shoulders, centimetres around the middle, y down from the eyes. */
export function drawCloth(looks: Looks, seed: number): string {
  const style = STYLES[Math.min(3, Math.floor(looks.cloth * 4))] ?? 'round';
  const { skin } = tonesOf(looks);
  const base = `hsl(${looks.clothHue},${22 + (looks.clothHue % 30)}%,${looks.clothLight}%)`;
  const dark = `hsl(${looks.clothHue},26%,${looks.clothLight * 0.6}%)`;
  const light = `hsl(${looks.clothHue},14%,${Math.min(94, looks.clothLight + 38)}%)`;
  const throat = css(mix(darken(skin, 0.28), [150, 90, 70], 0.2));
  const ground = `<rect x="-24" y="11" width="48" height="28" fill="${base}"/>`;
  const folds = foldLines(seed, dark);
  switch (style) {
    case 'round':
      return `${ground}${folds}<path d="M-6 11Q-5.4 17.6 0 17.8Q5.4 17.6 6 11Z" fill="${throat}"/><path d="M-6.2 11Q-5.6 17.9 0 18.1Q5.6 17.9 6.2 11" fill="none" stroke="${dark}" stroke-width="0.7"/>`;
    case 'shirt':
      return (
        `${ground}${folds}<path d="M-4.6 11L0 20L4.6 11Z" fill="${throat}"/>` +
        `<path d="M-6.6 11L-4.3 12L0 20.2L-3.4 22.4Q-6.8 18 -7.6 14Z" fill="${base}" stroke="${dark}" stroke-width="0.22"/><path d="M6.6 11L4.3 12L0 20.2L3.4 22.4Q6.8 18 7.6 14Z" fill="${base}" stroke="${dark}" stroke-width="0.22"/>` +
        `<path d="M0 20.2V40" stroke="${dark}" stroke-width="0.22"/><circle cx="0.7" cy="24" r="0.36" fill="${light}"/><circle cx="0.7" cy="30" r="0.36" fill="${light}"/>`
      );
    case 'jacket':
      return (
        `${ground}${folds}<path d="M-5.6 11L-2.8 40H2.8L5.6 11Z" fill="${light}"/><path d="M-4.2 11L0 17.4L4.2 11Z" fill="${throat}"/>` +
        `<path d="M-6 11L-1.6 30L-1 40H-3L-8.8 24L-6.8 22.6L-8.8 21Z" fill="${dark}"/><path d="M6 11L1.6 30L1 40H3L8.8 24L6.8 22.6L8.8 21Z" fill="${dark}"/>`
      );
    case 'sweater':
      return `${ground}${folds}<path d="M-5.2 11L0 23L5.2 11Z" fill="${light}"/><path d="M-4 11L0 18L4 11Z" fill="${throat}"/><path d="M-5.6 11L0 23.6L5.6 11" fill="none" stroke="${dark}" stroke-width="0.9"/>`;
  }
}

function foldLines(seed: number, dark: string): string {
  const random = new Random(seed ^ 0x85ebca6b);
  const lines = Array.from({ length: 9 }, () => {
    const x = random.between(-21, 21);
    const y = random.between(17, 32);
    return `<path d="M${x.toFixed(1)} ${y.toFixed(1)}q${random.between(-2, 2).toFixed(1)} 3 ${random.between(-1, 3).toFixed(1)} 8" fill="none" stroke="${dark}" stroke-width="0.8" opacity="0.25"/>`;
  }).join('');
  return `<g filter="url(#shadow)">${lines}</g>`;
}
