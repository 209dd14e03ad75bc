import { css, mix } from './colour.js';
import type { Layers } from './layers.js';
import type { Looks } from './looks.js';
import { Random } from './random.js';
import type { Tones } from './tones.js';

/** From here on beard and moustache are grown: below, the share only varies the search. */
const GROWN = 0.72;

/** Stubble, beard and moustache. */
export function drawBeard(layers: Layers, looks: Looks, { hair, skin }: Tones, seed: number): void {
  const { mouthY: y, mouthWidth: w, upperLip, faceLength } = looks;
  const area =
    'M8.4 -0.5L7.4 0.5Q6.8 4.5 5 5.6Q3.8 6 3.4 ' +
    `${y - 1.2}L${w + 0.5} ${y + 0.2}Q${w} ${y + 1.6} 0 ${y + 1.75}L0 13L9 13L10 3Z`;
  const lip =
    `M0 ${y - upperLip - 0.85}Q1.2 ${y - upperLip - 0.95} ${w + 0.35} ${y - 0.25}L${w + 0.2} ${y + 0.7}` +
    `Q${w * 0.6} ${y - upperLip - 0.05} 0 ${y - upperLip - 0.12}Z`;
  if (looks.stubble > 0.4) {
    const blue = css(mix(mix(hair, [60, 66, 80], 0.4), skin, 0.25));
    layers.addBoth(
      'shadow',
      `<path d="${area}${lip}" fill="${blue}" opacity="${(looks.stubble - 0.4) * 0.45}"/>`,
    );
  }
  const colour = css(hair);
  const random = new Random(seed ^ 0x2545f491);
  if (looks.beard > GROWN) {
    const opacity = 0.4 + 0.5 * ((looks.beard - GROWN) / (1 - GROWN));
    const strands = Array.from({ length: 220 }, () => {
      const x = random.between(0, 6.4);
      const from = random.between(y + 1.5, 11.6 * faceLength) - 0.12 * x * x;
      return `M${x.toFixed(2)} ${from.toFixed(2)}l${(x * 0.03 + random.between(-0.1, 0.1)).toFixed(2)} ${random.between(0.25, 0.6).toFixed(2)}`;
    }).join('');
    layers.addBoth('shadow', `<path d="${area}" fill="${colour}" opacity="${opacity}"/>`);
    layers.addBoth(
      'line',
      `<clipPath id="beard"><path d="${area}"/></clipPath><path d="${strands}" clip-path="url(#beard)" stroke="${colour}" stroke-width="0.06" fill="none" opacity="${opacity * 0.7}"/>`,
    );
  }
  if (looks.moustache > GROWN) {
    const opacity = 0.5 + 0.5 * ((looks.moustache - GROWN) / (1 - GROWN));
    layers.addBoth('edge', `<path d="${lip}" fill="${colour}" opacity="${opacity}"/>`);
  }
}
