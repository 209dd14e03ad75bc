import type { RgbImage } from '../../domain/image.js';
import { type Atlas, drawAtlas } from './atlas.js';
import { ATLAS } from './atlas-plan.js';
import { bustMesh } from './bust-mesh.js';
import { lampOf, tintOf } from './light.js';
import type { Person } from './looks.js';
import type { Mesh } from './mesh.js';
import { AT_EASE, type Pose } from './pose.js';
import { project, type View } from './projection.js';
import { seedOf } from './random.js';
import { Rasterizer, SAMPLES } from './rasterizer.js';
import { drawBackground, type Scene, SHOP } from './scene.js';
import { Sensor } from './sensor.js';

export const PICTURE = { width: 640, height: 480 } as const;
/** Pixels a centimetre, and where the eyes are, for a person at ease before the camera. */
const AT_CAMERA: View = { scale: 13.6, x: 320, y: 212 };

/** One person, ready to be drawn again and again. */
export interface Bust {
  readonly mesh: Mesh;
  readonly atlas: Atlas;
  readonly points: Float32Array;
}

export async function sculpt({ looks, id, wears }: Person): Promise<Bust> {
  const atlas = await drawAtlas(looks, seedOf(id), wears);
  const mesh = bustMesh(looks, atlas.hair, wears === 'sunglasses');
  return { mesh, atlas, points: new Float32Array(mesh.follows.length * 4) };
}

/** Draws a bust over a picture, in place. */
export function drawBust(
  raster: Rasterizer,
  bust: Bust,
  pose: Pose,
  view: View,
  scene: Scene,
  into: Uint8Array,
): void {
  const { left, right } =
    typeof pose.blink === 'number' ? { left: pose.blink, right: pose.blink } : pose.blink;
  bust.atlas.setLids(left, right);
  const scale = view.scale * pose.scale * SAMPLES;
  const placed = { scale, x: (view.x + pose.offset.x) * SAMPLES, y: (view.y + pose.offset.y) * SAMPLES };
  project(bust.mesh, pose, placed, lampOf(scene.light), bust.points);
  raster.clear();
  raster.draw(bust.mesh, bust.points, bust.atlas.rgb, ATLAS.width);
  raster.resolve(into, tintOf(scene.light));
}

/** Takes pictures of people in rooms, as the camera on the counter would. One at a time: it draws on one sheet. */
export class Studio {
  readonly #busts = new WeakMap<Person, Promise<Bust>>();
  readonly #raster = new Rasterizer(PICTURE.width, PICTURE.height);
  readonly #sensor: Sensor;

  constructor(seed = 1) {
    this.#sensor = new Sensor(seed);
  }

  /** A picture of 640x480; `null` is the empty room. The first of each person takes longer. */
  async take(person: Person | null, pose: Partial<Pose> = {}, scene: Scene = SHOP): Promise<RgbImage> {
    const picture = await this.draw(person, pose, scene);
    this.expose(picture, scene);
    return picture;
  }

  /** The same without the sensor's noise; `behind` is what the person is drawn over, else the empty room. */
  async draw(
    person: Person | null,
    pose: Partial<Pose> = {},
    scene: Scene = SHOP,
    behind?: RgbImage,
  ): Promise<RgbImage> {
    const { rgb: below } = behind ?? (await drawBackground(scene));
    const rgb = new Uint8Array(below);
    if (person !== null) {
      const bust = await this.#bustOf(person);
      drawBust(this.#raster, bust, { ...AT_EASE, ...pose }, AT_CAMERA, scene, rgb);
    }
    return { width: PICTURE.width, height: PICTURE.height, rgb };
  }

  /** Adds the sensor's noise to a picture in place. */
  expose(picture: RgbImage, scene: Scene = SHOP): void {
    this.#sensor.expose(picture.rgb, scene.noise, picture.width * 3);
  }

  #bustOf(person: Person): Promise<Bust> {
    let bust = this.#busts.get(person);
    if (bust === undefined) {
      bust = sculpt(person);
      this.#busts.set(person, bust);
    }
    return bust;
  }
}

let shared: Studio | undefined;

/** A picture of a person, 640x480, with the noise of a sensor that this process has one of. */
export function renderPerson(
  person: Person,
  pose: Partial<Pose> = {},
  scene: Scene = SHOP,
): Promise<RgbImage> {
  shared ??= new Studio();
  return shared.take(person, pose, scene);
}
