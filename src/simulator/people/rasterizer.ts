import type { Mesh } from './mesh.js';

/** Samples across one pixel, and down. */
export const SAMPLES = 2;

/** Draws triangles at twice the picture's fineness, nearest first by depth; then makes pixels of the samples. */
export class Rasterizer {
  readonly width: number;
  readonly height: number;
  readonly #rgb: Uint8Array;
  readonly #depth: Float32Array;
  /** Rows of samples that something was drawn on. */
  #top = 0;
  #bottom = 0;

  /** Size of the picture in pixels. */
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#rgb = new Uint8Array(width * height * SAMPLES * SAMPLES * 3);
    this.#depth = new Float32Array(width * height * SAMPLES * SAMPLES);
  }

  clear(): void {
    this.#depth.fill(0);
    this.#top = this.height * SAMPLES;
    this.#bottom = 0;
  }

  /** `points` as `project` makes them, in samples; `atlas` the picture that the mesh's places refer to. */
  draw(mesh: Mesh, points: Float32Array, atlas: Uint8Array, atlasWidth: number): void {
    const { triangles, twoSidedFrom } = mesh;
    for (let index = 0; index < triangles.length; index += 3) {
      const a = triangles[index] as number;
      const b = triangles[index + 1] as number;
      const c = triangles[index + 2] as number;
      const area =
        ((points[b * 4] as number) - (points[a * 4] as number)) *
          ((points[c * 4 + 1] as number) - (points[a * 4 + 1] as number)) -
        ((points[b * 4 + 1] as number) - (points[a * 4 + 1] as number)) *
          ((points[c * 4] as number) - (points[a * 4] as number));
      if (area > 0) this.#fill(mesh.places, points, atlas, atlasWidth, a, b, c, area);
      else if (area < 0 && index >= twoSidedFrom)
        this.#fill(mesh.places, points, atlas, atlasWidth, a, c, b, -area);
    }
  }

  #fill(
    places: Float32Array,
    points: Float32Array,
    atlas: Uint8Array,
    atlasWidth: number,
    a: number,
    b: number,
    c: number,
    area: number,
  ): void {
    const ax = points[a * 4] as number;
    const ay = points[a * 4 + 1] as number;
    const bx = points[b * 4] as number;
    const by = points[b * 4 + 1] as number;
    const cx = points[c * 4] as number;
    const cy = points[c * 4 + 1] as number;
    const across = this.width * SAMPLES;
    const left = Math.max(0, Math.ceil(Math.min(ax, bx, cx)));
    const right = Math.min(across - 1, Math.floor(Math.max(ax, bx, cx)));
    const top = Math.max(0, Math.ceil(Math.min(ay, by, cy)));
    const bottom = Math.min(this.height * SAMPLES - 1, Math.floor(Math.max(ay, by, cy)));
    if (left > right || top > bottom) return;
    if (top < this.#top) this.#top = top;
    if (bottom > this.#bottom) this.#bottom = bottom;
    const per = 1 / area;
    const za = points[a * 4 + 2] as number;
    const zb = (points[b * 4 + 2] as number) - za;
    const zc = (points[c * 4 + 2] as number) - za;
    const la = points[a * 4 + 3] as number;
    const lb = (points[b * 4 + 3] as number) - la;
    const lc = (points[c * 4 + 3] as number) - la;
    const ua = places[a * 2] as number;
    const ub = (places[b * 2] as number) - ua;
    const uc = (places[c * 2] as number) - ua;
    const va = places[a * 2 + 1] as number;
    const vb = (places[b * 2 + 1] as number) - va;
    const vc = (places[c * 2 + 1] as number) - va;
    const rgb = this.#rgb;
    const depth = this.#depth;
    for (let y = top; y <= bottom; y += 1) {
      for (let x = left; x <= right; x += 1) {
        // Shares of b and c at this sample.
        const sb = ((cx - ax) * (ay - y) - (ax - x) * (cy - ay)) * per;
        const sc = ((ax - x) * (by - ay) - (bx - ax) * (ay - y)) * per;
        if (sb < 0 || sc < 0 || sb + sc > 1) continue;
        const z = za + sb * zb + sc * zc;
        const at = y * across + x;
        if (z <= (depth[at] as number)) continue;
        depth[at] = z;
        const light = la + sb * lb + sc * lc;
        const place = ((va + sb * vb + sc * vc) | 0) * atlasWidth + ((ua + sb * ub + sc * uc) | 0);
        const red = (atlas[place * 3] as number) * light;
        const green = (atlas[place * 3 + 1] as number) * light;
        const blue = (atlas[place * 3 + 2] as number) * light;
        rgb[at * 3] = red > 255 ? 255 : red;
        rgb[at * 3 + 1] = green > 255 ? 255 : green;
        rgb[at * 3 + 2] = blue > 255 ? 255 : blue;
      }
    }
  }

  /** Lays what was drawn over a picture of the same size, smooth at the edges. */
  resolve(picture: Uint8Array, tint: readonly [number, number, number]): void {
    const across = this.width * SAMPLES;
    const rgb = this.#rgb;
    const depth = this.#depth;
    const [tr, tg, tb] = tint;
    for (let y = this.#top >> 1; y <= this.#bottom >> 1; y += 1) {
      for (let x = 0; x < this.width; x += 1) {
        const first = y * 2 * across + x * 2;
        let count = 0;
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let part = 0; part < 4; part += 1) {
          const at = first + (part >> 1) * across + (part & 1);
          if (depth[at] === 0) continue;
          count += 1;
          red += rgb[at * 3] as number;
          green += rgb[at * 3 + 1] as number;
          blue += rgb[at * 3 + 2] as number;
        }
        if (count === 0) continue;
        const to = (y * this.width + x) * 3;
        const rest = 4 - count;
        picture[to] = Math.min(255, (red * tr + (picture[to] as number) * rest) / 4);
        picture[to + 1] = Math.min(255, (green * tg + (picture[to + 1] as number) * rest) / 4);
        picture[to + 2] = Math.min(255, (blue * tb + (picture[to + 2] as number) * rest) / 4);
      }
    }
  }
}
