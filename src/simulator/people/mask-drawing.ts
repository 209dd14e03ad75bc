import { type Colour, css, darken } from './colour.js';
import { Layers } from './layers.js';
import type { Looks, Wearable } from './looks.js';

const CLOTH: Readonly<Partial<Record<Wearable, Colour>>> = {
  'blue-mask': [142, 186, 214],
  'white-mask': [232, 234, 234],
  'black-mask': [36, 36, 40],
};

/** SVG of a mask over nose, mouth and chin, in centimetres around the middle of the eyes' line. */
export function drawMask({ eyeY, noseLength, faceLength }: Looks, wears: Wearable | undefined): string {
  const cloth = wears === undefined ? undefined : CLOTH[wears];
  if (cloth === undefined) return '';
  const layers = new Layers();
  const bridge = eyeY + 0.42 * noseLength;
  const chin = 12.6 * faceLength;
  const outline =
    `M0 ${bridge}Q1.4 ${bridge + 0.1} 2.4 ${bridge + 1}Q4.6 ${bridge + 1.6} 6.6 ${bridge + 1.3}` +
    `L6.6 ${bridge + 5.6}Q5.4 ${chin - 1.6} 3 ${chin}L0 ${chin}Z`;
  const pleats = [2.6, 4.1, 5.6].map((y) => `M0 ${bridge + y}Q3 ${bridge + y + 0.2} 6.5 ${bridge + y - 0.3}`);
  const dark = css(darken(cloth, 0.2));
  layers.addBoth('edge', `<path d="${outline}" fill="${css(cloth)}"/>`);
  layers.addBoth(
    'line',
    `<path d="${pleats.join('')}" fill="none" stroke="${dark}" stroke-width="0.12"/>` +
      `<path d="M6.5 ${bridge + 1.4}L9.4 ${eyeY + 0.6}M6.5 ${bridge + 5.4}L9.4 ${eyeY + 2.4}" fill="none" stroke="${css(cloth)}" stroke-width="0.22"/>`,
  );
  return layers.toString();
}
