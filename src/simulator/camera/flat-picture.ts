import type { RgbImage } from '../../domain/image.js';

/** A flat thing held before the camera: how it is turned (degrees) and where its middle is (pixels). */
export interface Held {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  readonly x: number;
  readonly y: number;
  /** Pixels of the picture for one of the flat thing. */
  readonly scale: number;
}

/** Distance of the camera, in pixels of the picture: what makes the nearer edge larger. */
const DISTANCE = 900;

/** Lays a flat picture over another, in place, as perspective shows it: all its points move as one plane. */
export function layFlat(flat: RgbImage, held: Held, onto: RgbImage): void {
  const inverse = invert(planeToPicture(flat, held));
  const corners = [
    [0, 0],
    [flat.width, 0],
    [0, flat.height],
    [flat.width, flat.height],
  ].map(([u = 0, v = 0]) => apply(planeToPicture(flat, held), u, v));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const left = Math.max(0, Math.floor(Math.min(...xs)));
  const right = Math.min(onto.width - 1, Math.ceil(Math.max(...xs)));
  const top = Math.max(0, Math.floor(Math.min(...ys)));
  const bottom = Math.min(onto.height - 1, Math.ceil(Math.max(...ys)));
  const [a, b, c, d, e, f, g, h, i] = inverse;
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      const w = g * x + h * y + i;
      const u = (a * x + b * y + c) / w;
      const v = (d * x + e * y + f) / w;
      if (u < 0 || v < 0 || u >= flat.width - 1 || v >= flat.height - 1) continue;
      sample(flat, u, v, onto.rgb, (y * onto.width + x) * 3);
    }
  }
}

function sample(flat: RgbImage, u: number, v: number, into: Uint8Array, at: number): void {
  const column = Math.floor(u);
  const row = Math.floor(v);
  const fx = u - column;
  const fy = v - row;
  const first = (row * flat.width + column) * 3;
  const below = first + flat.width * 3;
  const { rgb } = flat;
  for (let part = 0; part < 3; part += 1) {
    const top = (rgb[first + part] as number) * (1 - fx) + (rgb[first + 3 + part] as number) * fx;
    const low = (rgb[below + part] as number) * (1 - fx) + (rgb[below + 3 + part] as number) * fx;
    into[at + part] = top * (1 - fy) + low * fy;
  }
}

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Homography from the flat thing's pixels to the picture's. */
function planeToPicture(flat: RgbImage, held: Held): Matrix {
  const [yaw, pitch, roll] = [held.yaw, held.pitch, held.roll].map((angle) => (angle * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const [sa, ca, sb, cb, sc, cc] = [
    Math.sin(yaw),
    Math.cos(yaw),
    Math.sin(pitch),
    Math.cos(pitch),
    Math.sin(roll),
    Math.cos(roll),
  ];
  const { scale } = held;
  // Where the two axes of the plane point.
  const ux = scale * (cc * ca - sc * sb * sa);
  const uy = scale * (sc * ca + cc * sb * sa);
  const uz = scale * -cb * sa;
  const vx = scale * -sc * cb;
  const vy = scale * cc * cb;
  const vz = scale * sb;
  const [mu, mv] = [flat.width / 2, flat.height / 2];
  const tz = DISTANCE + uz * mu + vz * mv;
  const tx = -ux * mu - vx * mv;
  const ty = -uy * mu - vy * mv;
  return [
    DISTANCE * ux - held.x * uz,
    DISTANCE * vx - held.x * vz,
    DISTANCE * tx + held.x * tz,
    DISTANCE * uy - held.y * uz,
    DISTANCE * vy - held.y * vz,
    DISTANCE * ty + held.y * tz,
    -uz,
    -vz,
    tz,
  ];
}

function apply([a, b, c, d, e, f, g, h, i]: Matrix, u: number, v: number): [number, number] {
  const w = g * u + h * v + i;
  return [(a * u + b * v + c) / w, (d * u + e * v + f) / w];
}

/** Up to a factor, which does not matter here. */
function invert([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
}
