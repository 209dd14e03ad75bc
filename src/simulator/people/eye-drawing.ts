import { along, css, darken, mix } from './colour.js';
import { bothSides } from './layers.js';
import type { Looks } from './looks.js';
import { tonesOf } from './tones.js';

/** SVG of both eyes; `closed` 0 to 1; `id` for the drawing's own marks. Centimetres as the rest of the face. */
export function drawEyes(looks: Looks, closed: number, id: string): string {
  const { eyeX, eyeY, eyeWidth: w, eyeHeight: h, eyeTilt: tilt, lidFold } = looks;
  const { skin, shade } = tonesOf(looks);
  const open = 1 - closed;
  const iris = along(
    [
      [34, 20, 14],
      [66, 38, 22],
      [104, 66, 38],
    ],
    looks.iris,
  );
  // The lower lid hardly moves; the upper one comes down to it.
  const low = eyeY + h * 0.62;
  const high = eyeY - h * 1.15;
  const lid = low + 0.1 + (high - low - 0.1) * open;
  const inner = `${eyeX - w} ${eyeY + 0.14}`;
  const outer = `${eyeX + w} ${eyeY - tilt}`;
  const upper = `C${eyeX - w * 0.5} ${lid} ${eyeX + w * 0.45} ${lid - tilt * 0.5} ${outer}`;
  const lower = `C${eyeX + w * 0.5} ${low + 0.05} ${eyeX - w * 0.4} ${low + 0.18} ${inner}`;
  const crease = h * (0.28 + 0.4 * lidFold) + 0.1;
  const creaseY = lid + (high - lid) * 0.75 - crease;
  const line = css(mix(darken(shade, 0.75), [20, 14, 14], 0.6));
  const lidSkin = css(mix(skin, shade, 0.08));
  const half =
    `<clipPath id="${id}"><path d="M${inner}${upper}${lower}Z"/></clipPath>` +
    `<radialGradient id="${id}lid"><stop offset="0.7" stop-color="${lidSkin}"/><stop offset="1" stop-color="${lidSkin}" stop-opacity="0"/></radialGradient>` +
    // The closed lid is skin over the eye.
    `<ellipse cx="${eyeX}" cy="${eyeY - 0.1}" rx="${w * 1.15}" ry="${h * 1.4}" fill="url(#${id}lid)" opacity="${0.95 * closed}"/>` +
    `<path d="M${eyeX - w * 0.95} ${eyeY - 0.15 - crease * 0.5}C${eyeX - w * 0.5} ${creaseY} ${eyeX + w * 0.5} ${creaseY - tilt * 0.5} ${eyeX + w * 1.05} ${eyeY - tilt - crease * 0.4}" ` +
    `fill="none" stroke="${css(darken(shade, 0.25))}" stroke-width="0.11" opacity="${(0.15 + 0.6 * lidFold) * (1 - 0.85 * closed)}"/>` +
    (open > 0.06
      ? `<g clip-path="url(#${id})"><rect x="${eyeX - 3}" y="${eyeY - 3}" width="6" height="6" fill="rgb(240,236,230)"/>` +
        `<circle cx="${eyeX - 0.04}" cy="${eyeY - 0.08}" r="0.66" fill="${css(darken(iris, 0.55))}"/><circle cx="${eyeX - 0.04}" cy="${eyeY - 0.08}" r="0.58" fill="${css(iris)}"/>` +
        `<circle cx="${eyeX - 0.04}" cy="${eyeY - 0.08}" r="0.28" fill="rgb(8,6,6)"/>` +
        `<path d="M${inner}${upper}" fill="none" stroke="rgb(60,40,36)" stroke-width="0.45" opacity="0.3"/></g>`
      : '') +
    `<path d="M${inner}${upper}" fill="none" stroke="${line}" stroke-width="0.17" stroke-linecap="round"/>` +
    `<path d="M${outer}${lower}" fill="none" stroke="${css(darken(shade, 0.35))}" stroke-width="0.08" opacity="${0.6 * open}"/>`;
  const shine =
    open > 0.35
      ? [-1, 1]
          .map(
            (side) =>
              `<circle cx="${side * eyeX + 0.18}" cy="${eyeY - 0.27}" r="0.12" fill="#fff" opacity="0.9"/>`,
          )
          .join('')
      : '';
  return bothSides(half) + shine;
}
