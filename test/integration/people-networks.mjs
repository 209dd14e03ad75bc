// The shipped networks, run by the shortest way there is: to measure simulated people, not to compare real ones.
import { fileURLToPath } from 'node:url';
import ort from 'onnxruntime-node';
import sharp from 'sharp';

const MODELS = fileURLToPath(new URL('../../models/build/', import.meta.url));
const SIDE = 320;
const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
];

// Mean face of dlib's face chips (shape predictor points 17 to 67), as parts of the face's square; dlib 19, Boost licence.
const MEAN_X = [
  0.000213256, 0.0752622, 0.18113, 0.29077, 0.393397, 0.586856, 0.689483, 0.799124, 0.904991, 0.98004,
  0.490127, 0.490127, 0.490127, 0.490127, 0.36688, 0.426036, 0.490127, 0.554217, 0.613373, 0.121737, 0.187122,
  0.265825, 0.334606, 0.260918, 0.182743, 0.645647, 0.714428, 0.793132, 0.858516, 0.79751, 0.719335, 0.254149,
  0.340985, 0.428858, 0.490127, 0.551395, 0.639268, 0.726104, 0.642159, 0.556721, 0.490127, 0.423532,
  0.338094, 0.290379, 0.428096, 0.490127, 0.552157, 0.689874, 0.553364, 0.490127, 0.42689,
];
const MEAN_Y = [
  0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915, 0.106454,
  0.203352, 0.307009, 0.409805, 0.515625, 0.587326, 0.609345, 0.628106, 0.609345, 0.587326, 0.216423,
  0.178758, 0.179852, 0.231733, 0.245099, 0.244077, 0.231733, 0.179852, 0.178758, 0.216423, 0.244077,
  0.245099, 0.780233, 0.745405, 0.727388, 0.742578, 0.727388, 0.745405, 0.780233, 0.864805, 0.902192,
  0.909281, 0.902192, 0.864805, 0.784792, 0.778746, 0.785343, 0.778746, 0.784792, 0.824182, 0.831803,
  0.824182,
];
const CHIP = 150;
const PADDING = 0.25;
// Brows and lower lip are left out, as dlib does: they move.
const FIXED = MEAN_X.map((_, index) => index + 17).filter(
  (point) => point > 26 && !(point >= 55 && point <= 59) && point < 65,
);

export async function loadNetworks() {
  const open = (name) =>
    ort.InferenceSession.create(`${MODELS}${name}.onnx`, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const [detector, landmarks, recognition] = await Promise.all([
    open('tiny-face-detector'),
    open('landmarks-68'),
    open('face-recognition'),
  ]);
  return { detector, landmarks, recognition };
}

const tensor = (rgb, side) => new ort.Tensor('uint8', rgb, [rgb.length / (side * side * 3), side, side, 3]);
const raw = ({ width, height, rgb }) => sharp(rgb, { raw: { width, height, channels: 3 } });

/** Best box of the tiny detector at 320, pixels of the image, with its score. */
export async function detect(networks, image) {
  const scale = SIDE / Math.max(image.width, image.height);
  const rgb = await raw(image)
    .resize(SIDE, SIDE, { fit: 'contain', position: 'left top', background: '#000' })
    .raw()
    .toBuffer();
  const { grid } = await networks.detector.run({ image: tensor(new Uint8Array(rgb), SIDE) });
  const cells = SIDE / 32;
  const sigmoid = (value) => 1 / (1 + Math.exp(-value));
  let best = { score: 0, x: 0, y: 0, width: 1, height: 1 };
  for (let cell = 0; cell < cells * cells; cell += 1) {
    for (const [anchor, [aw, ah]] of ANCHORS.entries()) {
      const [x, y, w, h, s] = grid.data.subarray((cell * 5 + anchor) * 5, (cell * 5 + anchor) * 5 + 5);
      const score = sigmoid(s);
      if (score <= best.score) continue;
      const width = ((Math.exp(w) * aw) / cells) * (SIDE / scale);
      const height = ((Math.exp(h) * ah) / cells) * (SIDE / scale);
      const cx = (((cell % cells) + sigmoid(x)) / cells) * (SIDE / scale);
      const cy = ((Math.floor(cell / cells) + sigmoid(y)) / cells) * (SIDE / scale);
      best = { score, x: cx - width / 2, y: cy - height / 2, width, height };
    }
  }
  return best;
}

/** Bilinear cut-out by a similarity: chip pixel (x, y) comes from (a x - b y + c, b x + a y + d). */
function warp({ width, height, rgb }, { a, b, c, d }, side) {
  const out = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const sx = Math.min(width - 1.001, Math.max(0, a * x - b * y + c));
      const sy = Math.min(height - 1.001, Math.max(0, b * x + a * y + d));
      const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
      const [fx, fy] = [sx - x0, sy - y0];
      for (let part = 0; part < 3; part += 1) {
        const at = (y0 * width + x0) * 3 + part;
        const top = rgb[at] * (1 - fx) + rgb[at + 3] * fx;
        const low = rgb[at + width * 3] * (1 - fx) + rgb[at + width * 3 + 3] * fx;
        out[(y * side + x) * 3 + part] = top * (1 - fy) + low * fy;
      }
    }
  }
  return out;
}

/** 68 points in pixels of the image, from the square around a box. */
export async function landmarks(networks, image, box) {
  const side = Math.max(box.width, box.height);
  const left = box.x + box.width / 2 - side / 2;
  const top = box.y + box.height / 2 - side / 2;
  const cut = warp(image, { a: side / 112, b: 0, c: left, d: top }, 112);
  const { points } = await networks.landmarks.run({ image: tensor(cut, 112) });
  return Array.from({ length: 68 }, (_, index) => ({
    x: left + points.data[index * 2] * side,
    y: top + points.data[index * 2 + 1] * side,
  }));
}

/** Least squares similarity from chip to image (Umeyama without reflection). */
function alignment(points) {
  const size = CHIP / (1 + 2 * PADDING);
  const chip = FIXED.map((point) => ({
    x: (MEAN_X[point - 17] + PADDING) * size,
    y: (MEAN_Y[point - 17] + PADDING) * size,
  }));
  const image = FIXED.map((point) => points[point]);
  const mean = (list, axis) => list.reduce((sum, each) => sum + each[axis], 0) / list.length;
  const [px, py, qx, qy] = [mean(chip, 'x'), mean(chip, 'y'), mean(image, 'x'), mean(image, 'y')];
  let [dot, cross, square] = [0, 0, 0];
  for (const [index, p] of chip.entries()) {
    const [x, y] = [p.x - px, p.y - py];
    const [u, v] = [image[index].x - qx, image[index].y - qy];
    dot += x * u + y * v;
    cross += x * v - y * u;
    square += x * x + y * y;
  }
  const [a, b] = [dot / square, cross / square];
  return { a, b, c: qx - a * px + b * py, d: qy - b * px - a * py };
}

/** Mean embedding of the aligned face and its mirror image. */
export async function embed(networks, image, points) {
  const chip = warp(image, alignment(points), CHIP);
  const both = new Uint8Array(chip.length * 2);
  both.set(chip);
  for (let at = 0; at < CHIP * CHIP; at += 1) {
    const mirrored = (Math.floor(at / CHIP) * CHIP + (CHIP - 1 - (at % CHIP))) * 3;
    both.set(chip.subarray(at * 3, at * 3 + 3), chip.length + mirrored);
  }
  const { embedding } = await networks.recognition.run({ image: tensor(both, CHIP) });
  return Float64Array.from(
    { length: 128 },
    (_, index) => (embedding.data[index] + embedding.data[128 + index]) / 2,
  );
}

/** A live picture: found, aligned, embedded. */
export async function lookAt(networks, image) {
  const box = await detect(networks, image);
  const points = await landmarks(networks, image, box);
  return { score: box.score, box, points, embedding: await embed(networks, image, points) };
}

/** A card photo: the detector's box within a light border. */
export async function lookAtCard(networks, image) {
  const border = 40;
  const { data, info } = await raw(image)
    .extend({ top: border, bottom: border, left: border, right: border, background: '#eef0f3' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return lookAt(networks, { width: info.width, height: info.height, rgb: new Uint8Array(data) });
}

export function distance(a, b) {
  return Math.sqrt(a.reduce((sum, value, index) => sum + (value - b[index]) ** 2, 0));
}
