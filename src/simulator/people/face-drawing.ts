import { drawBeard } from './beard-drawing.js';
import { css, darken, mix } from './colour.js';
import { Layers } from './layers.js';
import type { Looks } from './looks.js';
import { Random } from './random.js';
import { type Tones, tonesOf } from './tones.js';

/** SVG of the face without eyes and hair, in centimetres around the middle of the eyes' line. */
export function drawFace(looks: Looks, seed: number): string {
  const tones = tonesOf(looks);
  const layers = new Layers();
  drawCheeks(layers, looks, tones);
  drawNose(layers, looks, tones);
  drawMouth(layers, looks, tones);
  drawAge(layers, looks, tones);
  drawBeard(layers, looks, tones, seed);
  drawBrows(layers, looks, tones, seed);
  if (looks.moleSize >= 0.1) {
    const at = `cx="${looks.moleX}" cy="${looks.moleY}" r="${looks.moleSize}"`;
    layers.add('line', `<circle ${at} fill="${css(darken(tones.shade, 0.5))}" opacity="0.85"/>`);
  }
  return layers.toString();
}

function drawCheeks(layers: Layers, looks: Looks, { shade }: Tones): void {
  const { eyeX, eyeY, eyeDepth } = looks;
  const dark = css(shade);
  layers.addBoth(
    'mist',
    `<ellipse cx="4.3" cy="3.6" rx="2.1" ry="1.6" fill="rgb(214,84,72)" opacity="${0.06 + 0.22 * looks.blush}"/>`,
  );
  layers.addBoth(
    'shadow',
    `<ellipse cx="${eyeX - 0.5}" cy="${eyeY - 0.6}" rx="1.9" ry="0.8" fill="${dark}" opacity="${0.1 + 0.18 * eyeDepth}"/>`,
  );
  layers.addBoth(
    'fold',
    `<path d="M${eyeX - 1.5} ${eyeY + 0.9}q1.3 1.1 2.7 0.2" fill="none" stroke="${dark}" stroke-width="0.35" opacity="${0.08 + 0.45 * looks.bags}"/>`,
  );
}

function drawNose(layers: Layers, looks: Looks, { shade, skin }: Tones): void {
  const tip = looks.eyeY + looks.noseLength;
  const wing = looks.noseWidth;
  const dark = css(shade);
  layers.addBoth(
    'shadow',
    `<path d="M1.3 ${looks.eyeY - 0.9}Q0.75 ${looks.eyeY + 0.6} 0.95 ${tip - 1.6}L${wing * 0.8} ${tip - 0.4}" fill="none" stroke="${dark}" stroke-width="0.5" opacity="${0.1 + 0.17 * looks.noseBridge}"/>`,
  );
  layers.addBoth(
    'edge',
    `<path d="M${wing * 0.72} ${tip - 0.75}Q${wing * 1.12} ${tip - 0.35} ${wing} ${tip + 0.3}Q${wing * 0.85} ${tip + 0.6} ${wing * 0.62} ${tip + 0.42}" fill="none" stroke="${dark}" stroke-width="0.2" opacity="0.5"/>` +
      `<ellipse cx="${wing * 0.47}" cy="${tip + 0.45}" rx="${wing * 0.24}" ry="0.2" fill="${css(darken(shade, 0.45))}" opacity="0.85"/>`,
  );
  layers.add(
    'fold',
    `<ellipse cx="0" cy="${tip + 0.65}" rx="${wing * 0.75}" ry="0.28" fill="${dark}" opacity="0.45"/>` +
      `<ellipse cx="0" cy="${tip - 0.5}" rx="0.5" ry="0.45" fill="${css(mix(skin, [255, 255, 255], 0.5))}" opacity="0.35"/>`,
  );
}

function drawMouth(layers: Layers, looks: Looks, { lip, shade, skin }: Tones): void {
  const { mouthWidth: w, mouthY: y, upperLip: up, lowerLip: low, mouthCorner } = looks;
  const corner = y - mouthCorner;
  const dark = css(shade);
  layers.add(
    'fold',
    `<path d="M-0.3 ${y - up - 0.3}V${y - up - 1}M0.3 ${y - up - 0.3}V${y - up - 1}" stroke="${dark}" stroke-width="0.2" opacity="0.3"/>` +
      `<ellipse cx="0" cy="${y + low + 0.4}" rx="${w * 0.6}" ry="0.28" fill="${dark}" opacity="0.42"/>`,
  );
  const upper =
    `M${-w} ${corner}Q${-w * 0.5} ${y - up * 0.8} ${-w * 0.2} ${y - up}Q0 ${y - up * 0.72} ${w * 0.2} ${y - up}` +
    `Q${w * 0.5} ${y - up * 0.8} ${w} ${corner}Q0 ${y + 0.25} ${-w} ${corner}Z`;
  const lower =
    `M${-w * 0.96} ${corner}Q${-w * 0.5} ${y + low * 1.05} 0 ${y + low}Q${w * 0.5} ${y + low * 1.05} ${w * 0.96} ${corner}` +
    `Q0 ${y + 0.2} ${-w * 0.96} ${corner}Z`;
  layers.add(
    'edge',
    `<path d="${upper}" fill="${css(darken(lip, 0.12))}"/><path d="${lower}" fill="${css(lip)}"/>` +
      `<ellipse cx="0" cy="${y + low * 0.5}" rx="${w * 0.4}" ry="${low * 0.16}" fill="${css(mix(skin, [255, 240, 235], 0.5))}" opacity="0.25"/>`,
  );
  const parting =
    `M${-w} ${corner}Q${-w * 0.45} ${y - 0.06} ${-w * 0.16} ${y - 0.02}Q0 ${y + 0.1} ${w * 0.16} ${y - 0.02}` +
    `Q${w * 0.45} ${y - 0.06} ${w} ${corner}`;
  layers.add(
    'line',
    `<path d="${parting}" fill="none" stroke="${css(darken(lip, 0.62))}" stroke-width="0.11"/>`,
  );
}

function drawAge(layers: Layers, looks: Looks, { shade }: Tones): void {
  const { age, eyeX, eyeY, eyeWidth, noseLength, noseWidth, mouthY, mouthWidth } = looks;
  const line = `fill="none" stroke="${css(shade)}"`;
  const tip = eyeY + noseLength;
  const old = Math.max(0, age - 0.3);
  layers.addBoth(
    'fold',
    `<path d="M${noseWidth + 0.15} ${tip - 0.5}Q${mouthWidth * 0.85 + 0.7} ${tip + 1} ${mouthWidth + 0.65} ${mouthY + 0.5}" ${line} stroke-width="0.26" opacity="${0.06 + 0.5 * age}"/>` +
      `<path d="M${mouthWidth + 0.1} ${mouthY + 0.3}q0.35 0.7 0.1 1.5" ${line} stroke-width="0.2" opacity="${old * 0.7}"/>`,
  );
  if (old === 0) return;
  const crow = `M${eyeX + eyeWidth + 0.2} ${eyeY - 0.1}l0.9 -0.35m-0.85 0.6l1 0.05m-1.1 0.3l0.8 0.45`;
  layers.addBoth('line', `<path d="${crow}" ${line} stroke-width="0.07" opacity="${old * 0.7}"/>`);
  const forehead = [-4.2, -5.1, -6]
    .map((y) => `M-3.6 ${y + 0.15}Q-1.8 ${y - 0.2} 0 ${y}Q1.8 ${y - 0.2} 3.6 ${y + 0.15}`)
    .join('');
  layers.add(
    'edge',
    `<path d="${forehead}M-0.4 -1.9l0.05 -1M0.45 -1.9l-0.08 -1" ${line} stroke-width="0.13" opacity="${old * 0.7}"/>`,
  );
}

function drawBrows(layers: Layers, looks: Looks, { brow }: Tones, seed: number): void {
  const { eyeX, browY: y, browThickness: thick, browArch: arch, browTilt: tilt, browLength: long } = looks;
  const inner = eyeX - long * 0.98;
  const outer = eyeX + long * 0.98;
  const colour = css(brow);
  const random = new Random(seed ^ 0x5bd1e995);
  const hairs = Array.from({ length: 46 }, () => {
    const t = random.next();
    const x = inner + t * (outer - inner);
    const lift = arch * 4 * t * (1 - t) * 0.9 + tilt * t;
    const from = y - lift + thick * 0.5 * (1 - 0.5 * t) * random.between(-0.2, 1);
    return `M${x.toFixed(2)} ${from.toFixed(2)}l${(0.2 + 0.35 * t).toFixed(2)} ${(-0.42 * (1 - t) * (0.4 + thick)).toFixed(2)}`;
  }).join('');
  const mass =
    `M${inner} ${y + thick * 0.5}Q${eyeX - 0.2} ${y - arch - tilt * 0.4 + thick * 0.35} ${outer} ${y - tilt + thick * 0.15}` +
    `Q${eyeX + 0.2} ${y - arch * 1.35 - tilt * 0.5 - thick * 0.55} ${inner} ${y - thick * 0.5}Z`;
  layers.addBoth('edge', `<path d="${mass}" fill="${colour}" opacity="${0.82 * looks.browStrength}"/>`);
  layers.addBoth(
    'line',
    `<path d="${hairs}" stroke="${colour}" stroke-width="0.06" fill="none" opacity="${0.8 * looks.browStrength}"/>`,
  );
}
