import type { Lamp } from './light.js';
import type { Mesh } from './mesh.js';
import type { Pose } from './pose.js';

/** Distance from the camera to the eyes, centimetres. */
const DISTANCE = 62;
/** Where the head turns: the top of the neck. */
const PIVOT = { y: 8.5, z: -3 };

/** Where the camera's picture takes the bust in. */
export interface View {
  /** Pixels a centimetre at the distance of the eyes. */
  readonly scale: number;
  /** Where the middle of the eyes' line comes to lie, pixels. */
  readonly x: number;
  readonly y: number;
}

/** Points of a mesh on the picture: x, y, depth (larger is nearer), brightness; four numbers each. */
export function project(mesh: Mesh, pose: Pose, view: View, lamp: Lamp, into: Float32Array): void {
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = rotation(pose);
  const { positions, normals, openness, follows } = mesh;
  for (let index = 0; index < follows.length; index += 1) {
    const at = index * 3;
    const px = positions[at] as number;
    const py = (positions[at + 1] as number) - PIVOT.y;
    const pz = (positions[at + 2] as number) - PIVOT.z;
    const nx = normals[at] as number;
    const ny = normals[at + 1] as number;
    const nz = normals[at + 2] as number;
    const share = follows[index] as number;
    const rest = 1 - share;
    const x = rest * px + share * (m0 * px + m1 * py + m2 * pz);
    const y = rest * py + share * (m3 * px + m4 * py + m5 * pz) + PIVOT.y - rest * 0.22 * pose.breath;
    const z = rest * pz + share * (m6 * px + m7 * py + m8 * pz) + PIVOT.z;
    const ahead = rest * nz + share * (m6 * nx + m7 * ny + m8 * nz);
    const facing =
      (rest * nx + share * (m0 * nx + m1 * ny + m2 * nz)) * lamp.x +
      (rest * ny + share * (m3 * nx + m4 * ny + m5 * nz)) * lamp.y +
      ahead * lamp.z;
    const near = DISTANCE / (DISTANCE + 8 - z);
    const half = 0.5 + 0.5 * facing;
    const to = index * 4;
    into[to] = view.x + x * view.scale * near;
    into[to + 1] = view.y + y * view.scale * near;
    into[to + 2] = near;
    const lit = lamp.ambient + lamp.direct * (1.5 * half * half - 0.1) + lamp.front * Math.max(0, ahead);
    into[to + 3] = lit * (openness[index] as number);
  }
}

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Roll after pitch after yaw; x right, y down, z towards the camera. */
function rotation({ yaw, pitch, roll }: Pose): Matrix {
  const [a, b, c] = [yaw, pitch, roll].map((angle) => (angle * Math.PI) / 180) as [number, number, number];
  const [sa, ca, sb, cb, sc, cc] = [
    Math.sin(a),
    Math.cos(a),
    Math.sin(b),
    Math.cos(b),
    Math.sin(c),
    Math.cos(c),
  ];
  // Yaw: x' = ca x + sa z, z' = -sa x + ca z. Pitch: y' = cb y - sb z, z' = sb y + cb z. Roll: x' = cc x - sc y.
  const y0 = sb * sa;
  const y2 = -sb * ca;
  const z0 = -cb * sa;
  const z2 = cb * ca;
  return [
    cc * ca - sc * y0,
    -sc * cb,
    cc * sa - sc * y2,
    sc * ca + cc * y0,
    cc * cb,
    sc * sa + cc * y2,
    z0,
    sb,
    z2,
  ];
}
