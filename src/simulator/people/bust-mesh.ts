import { bodyPlace, headPlace, patchPlace } from './atlas-plan.js';
import { curve, smoothStep } from './curve.js';
import { type HeadShape, headShape } from './head-shape.js';
import type { Looks } from './looks.js';
import { type Mesh, MeshBuilder } from './mesh.js';

const ROWS = 112;
const COLUMNS = 132;

/** 0 to 1: how thick hair grows at a place of the head's flat drawing. */
export type HairDensity = (flatX: number, y: number) => number;

/** Head, ears, hair, glasses (dark ones where asked for), neck and chest of one person, at rest. */
export function bustMesh(looks: Looks, hair: HairDensity, dark = false): Mesh {
  const builder = new MeshBuilder();
  const shape = headShape(looks);
  addHead(builder, looks, shape, hair);
  addEars(builder, looks, shape);
  addNeck(builder, looks, shape);
  addChest(builder, looks);
  if (looks.hairLength > 0.5) addLongHair(builder, looks, shape);
  if (looks.glasses > 0.6) addGlasses(builder, looks, shape, dark);
  return builder.build();
}

function addHead(builder: MeshBuilder, looks: Looks, shape: HeadShape, hair: HairDensity): void {
  builder.addRing(ROWS, COLUMNS, (row, column) => {
    const t = row / (ROWS - 1);
    const y = shape.top + (shape.bottom - shape.top) * (0.6 * t + 0.4 * (0.5 - 0.5 * Math.cos(Math.PI * t)));
    const turn = (column / COLUMNS) * 2 - 1;
    const angle = Math.PI * (0.5 * turn + 0.5 * turn ** 3);
    const bare = shape.point(y, angle);
    const flatX = shape.flatX(y, angle);
    // Hair lifts the surface away from the middle of the head.
    const lift = 1 + (looks.hairVolume * hair(flatX, y)) / 9;
    return {
      x: bare.x * lift,
      y: (bare.y + 1) * lift - 1,
      z: bare.z * lift,
      ...headPlace(flatX, y),
      openness: 1 - 0.35 * smoothStep(8, 11.5, y) * smoothStep(2, 5, Math.abs(bare.x)),
      follows: 1,
    };
  });
}

function addEars(builder: MeshBuilder, looks: Looks, shape: HeadShape): void {
  for (const side of [-1, 1]) {
    builder.addRing(14, 18, (row, column) => {
      const down = (row / 13) * Math.PI;
      const around = (column / 18) * 2 * Math.PI;
      const out = Math.sin(down) * Math.cos(around);
      const rim = 1 - 0.35 * smoothStep(0.75, 0.1, Math.abs(Math.sin(down) * Math.sin(around)));
      return {
        x: side * (shape.halfWidth(0.8) + 0.2 + 0.8 * out + 0.3 * Math.cos(down)),
        y: 1 + looks.eyeY - 2.9 * Math.cos(down) * looks.faceLength,
        z: -0.6 + side * -1.35 * Math.sin(down) * Math.sin(around) + 0.3 * Math.cos(down),
        ...patchPlace('skin'),
        openness: 0.72 * rim + 0.25,
        follows: 1,
      };
    });
  }
}

function addNeck(builder: MeshBuilder, looks: Looks, shape: HeadShape): void {
  const rows = 16;
  const radius = 4.9 * (0.5 + 0.5 * looks.jawWidth * looks.faceWidth);
  const widen = curve([
    [6, 1],
    [12, 1],
    [15, 1.06],
    [18, 1.12],
  ]);
  builder.addRing(rows, 36, (row, column) => {
    const y = 6 + (12 * row) / (rows - 1);
    const angle = (column / 36) * 2 * Math.PI - Math.PI;
    return {
      x: radius * widen(y) * Math.sin(angle),
      y: y + 0.9 * Math.cos(angle),
      z: -1.6 + radius * 0.95 * widen(y) * Math.cos(angle),
      ...patchPlace('skin'),
      // The chin keeps the light from the neck.
      openness: 0.52 + 0.34 * smoothStep(shape.bottom - 1, shape.bottom + 4.5, y),
      follows: 1 - smoothStep(7, 17, y),
    };
  });
}

function addChest(builder: MeshBuilder, looks: Looks): void {
  const rows = 44;
  const broad = looks.shoulders;
  const halfWidth = curve([
    [12.6, 5.2],
    [13.6, 6],
    [14.6, 8.2 * broad],
    [16, 13 * broad],
    [17.4, 17.5 * broad],
    [19.4, 20.5 * broad],
    [23, 22.6 * broad],
    [39, 23.5 * broad],
  ]);
  const deep = curve([
    [12.6, 4.9],
    [14, 5.6],
    [17, 7.6],
    [24, 10.5],
    [39, 11.5],
  ]);
  builder.addRing(rows, 60, (row, column) => {
    const t = row / (rows - 1);
    const y = 12.6 + 26.4 * (0.35 * t + 0.65 * t * t);
    const turn = (column / 60) * 2 - 1;
    const angle = Math.PI * turn;
    const x = halfWidth(y) * Math.sin(angle);
    // The collar stands lower in front than behind.
    const drop = 2.2 * (0.5 + 0.5 * Math.cos(angle)) * smoothStep(17, 12.6, y);
    return {
      x,
      y: y + drop,
      z: -2 + deep(y) * Math.sign(Math.cos(angle)) * Math.abs(Math.cos(angle)) ** 0.8,
      ...bodyPlace(x, y + drop),
      openness: 0.68 + 0.18 * smoothStep(13, 17, y),
      follows: 0.06 * smoothStep(22, 12, y),
    };
  });
}

/** A curtain around the back and the sides, down to the shoulders or over them. */
function addLongHair(builder: MeshBuilder, looks: Looks, shape: HeadShape): void {
  const rows = 30;
  const columns = 48;
  const end = 6 + 16 * (looks.hairLength - 0.5) * 2;
  builder.addSheet(rows, columns, false, (row, column) => {
    const t = row / (rows - 1);
    const y = -6 + (end + 6) * t;
    // From the right ear round the back to the left ear.
    const around = (column / (columns - 1)) * 2 - 1;
    const angle = Math.PI + around * Math.PI * (0.6 + 0.06 * smoothStep(2, 10, y));
    const radius = shape.halfWidth(-2) + 0.5 + 0.45 * looks.hairVolume;
    // It grows out of the head: above, it lies below the head's own hair.
    const fall =
      0.86 +
      0.14 * smoothStep(-6, -1, y) +
      0.1 * smoothStep(-2, 9, y) +
      0.04 * Math.sin(angle * 9 + y * 0.6) * smoothStep(-2, 3, y);
    return {
      x: radius * fall * Math.sin(angle),
      y: y + 0.3 * Math.sin(angle * 14) * t,
      z: -0.8 + radius * 1.15 * fall * Math.cos(angle),
      ...headPlace(around * 4, -10.5 + 3 * t),
      openness: 0.95 - 0.35 * smoothStep(0, 10, y) * smoothStep(0.95, 0.6, Math.abs(around)),
      follows: 1 - 0.75 * smoothStep(5, 16, y),
    };
  });
}

function addGlasses(builder: MeshBuilder, looks: Looks, shape: HeadShape, dark: boolean): void {
  const place = patchPlace('frame');
  const plain = { ...place, openness: 0.9, follows: 1 };
  const { glassesWidth: wide, glassesHeight: high, eyeX, eyeY, glassesRound } = looks;
  const thick = 0.16 + 0.2 * looks.glassesTone;
  const square = 0.45 + 0.55 * glassesRound;
  const middle = Math.max(wide + 0.55, eyeX);
  const z = shape.depth(eyeX, eyeY) + 1.15;
  const bend = (x: number): number => z - 0.035 * (x * x - eyeX * eyeX);
  for (const side of [-1, 1]) {
    builder.addSheet(2, 40, true, (row, column) => {
      const angle = (column / 40) * 2 * Math.PI;
      // A rim, or a glass that is filled to its middle.
      const grow = 1 - row * (dark ? 1 : thick / high);
      const along = (value: number): number => Math.sign(value) * Math.abs(value) ** square;
      const x = side * middle + wide * grow * along(Math.cos(angle));
      return { x, y: eyeY + 0.35 + high * grow * along(Math.sin(angle)), z: bend(x), ...plain };
    });
    // The arm, from the rim to the ear.
    builder.addSheet(2, 8, false, (row, column) => {
      const t = column / 7;
      const outer = side * (middle + wide - 0.1);
      const x = outer + t * (side * (shape.halfWidth(0) + 0.45) - outer);
      const forward = bend(outer) + t * (-1 - bend(outer));
      return { x, y: eyeY - 0.25 + (side > 0 ? row : 1 - row) * 0.4, z: forward, ...plain };
    });
  }
  builder.addSheet(2, 8, false, (row, column) => {
    const t = (column / 7) * 2 - 1;
    const x = t * (middle - wide + 0.1);
    return { x, y: eyeY - 0.3 + row * (thick + 0.08) - 0.2 * (1 - t * t), z: bend(x), ...plain };
  });
}
