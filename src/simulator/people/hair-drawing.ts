import { css, darken, mix } from './colour.js';
import type { Looks } from './looks.js';
import { Random } from './random.js';
import { tonesOf } from './tones.js';

/** Outline of the hair on the head's flat drawing, centimetres. */
export function hairOutline(looks: Looks): string {
  const line = -looks.hairline;
  const temple = -looks.temples;
  const long = looks.hairLength > 0.5;
  const burn = long ? 2.5 : 0.6;
  const nape = long ? 13 : 7.5;
  const part = looks.parting * 2.6;
  // A fringe hangs from the hairline towards the brows.
  const fringe = looks.fringe > 0.45 ? (looks.fringe - 0.45) * 5 : 0;
  const low = Math.min(line + fringe, looks.browY - 0.75);
  const side = (sign: -1 | 1): string[] => [
    `${sign * 16} ${nape}`,
    `${sign * 8.9} ${nape}`,
    `${sign * 8.5} 2.5`,
    `${sign * 8.2} -2.2`,
    `${sign * 7.7} -1.6`,
    `${sign * 7.45} ${burn}`,
    `${sign * 6.75} ${burn - 0.4}`,
    `${sign * 6.55} ${temple * 0.55}`,
  ];
  const front =
    `Q6.1 ${temple} ${5.2} ${temple - 0.5 * Math.max(0, looks.hairline - 6)}` +
    `Q${4 + part * 0.3} ${low + 0.25} ${part + 0.9} ${low}Q${part} ${low - 0.5 - 0.9 * Math.abs(looks.parting)} ${part - 0.9} ${low + 0.05}` +
    `Q${-4 + part * 0.3} ${low + 0.25} -5.2 ${temple - 0.5 * Math.max(0, looks.hairline - 6)}Q-6.1 ${temple} `;
  const [rightFirst, ...right] = side(1);
  const left = side(-1).reverse();
  return `M-16 -13L16 -13L${rightFirst}L${right.join('L')}${front}${left.join('L')}Z`;
}

/** The hair's mass with its strands, as SVG. */
export function drawHair(looks: Looks, seed: number): string {
  const { hair } = tonesOf(looks);
  const random = new Random(seed ^ 0x9e3779b9);
  const tones = [
    darken(hair, 0.28 + 0.22 * (1 - looks.hairGrey)),
    mix(hair, [255, 235, 215], 0.16),
    mix(hair, [255, 240, 225], 0.08),
  ];
  const part = looks.parting * 2.6;
  const strands = Array.from({ length: 240 }, (_, index) => {
    const x = random.between(-15.5, 15.5);
    const from = random.between(-12.5, Math.abs(x) > 7 ? 4 : -3);
    const lean = Math.max(-1, Math.min(1, (x - part) / 5));
    const tone = tones[index % tones.length] ?? hair;
    return (
      `<path d="M${x.toFixed(2)} ${from.toFixed(2)}q${(lean * 0.7).toFixed(2)} 1.2 ${(lean * 0.9).toFixed(2)} ${random.between(2, 3.6).toFixed(2)}" ` +
      `stroke="${css(tone)}" stroke-width="${random.between(0.05, 0.16).toFixed(2)}" stroke-opacity="${random.between(0.25, 0.7).toFixed(2)}"/>`
    );
  }).join('');
  const outline = hairOutline(looks);
  const opacity = looks.hairline > 9 ? 0.6 : 1;
  // A soft edge by strokes of rising width: a blur over the whole sheet would cost more than all the rest.
  const edge = [0.9, 0.6, 0.35, 0.15]
    .map(
      (width) =>
        `<path d="${outline}" fill="none" stroke="${css(hair)}" stroke-width="${width}" opacity="0.22"/>`,
    )
    .join('');
  return (
    `<clipPath id="hair"><path d="${outline}"/></clipPath>` +
    `<g opacity="${opacity}">${edge}<path d="${outline}" fill="${css(hair)}"/>` +
    `<g clip-path="url(#hair)" fill="none">${strands}</g></g>`
  );
}
