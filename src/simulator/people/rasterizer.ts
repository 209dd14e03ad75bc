import type { Mesh } from './mesh.js';

/** Samples across one pixel, and down. */
export const SAMPLES = 2;

/** Draws triangles at twice the picture's fineness, nearest first by depth; then makes pixels of the samples. */
export class Rasterizer {
  readonly width: number;
  readonly height: number;
  readonly #rgb: Uint8Array;
  readonly #depth: Float32Array;
  /** Rows of samples on which something was drawn. */
  #top = 0;
  #bottom = 0;
  /** Columns of samples, likewise. */
  #left = 0;
  #right = 0;

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
    this.#left = this.width * SAMPLES;
    this.#right = 0;
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
    if (left < this.#left) this.#left = left;
    if (right > this.#right) this.#right = right;
    const per = 1 / area;
    // Shares of b and c change by these from one sample to the next on the right, and below.
    const bRight = (cy - ay) * per;
    const bDown = -(cx - ax) * per;
    const cRight = -(by - ay) * per;
    const cDown = (bx - ax) * per;
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
    const zRight = bRight * zb + cRight * zc;
    const lRight = bRight * lb + cRight * lc;
    const uRight = bRight * ub + cRight * uc;
    const vRight = bRight * vb + cRight * vc;
    const rgb = this.#rgb;
    const depth = this.#depth;
    for (let y = top; y <= bottom; y += 1) {
      const b0 = (left - ax) * bRight + (y - ay) * bDown;
      const c0 = (left - ax) * cRight + (y - ay) * cDown;
      // Steps to the right for which all three shares are 0 or more.
      let from = 0;
      let to = right - left;
      const a0 = 1 - b0 - c0;
      const aRight = -bRight - cRight;
      if (bRight > 0) from = Math.max(from, -b0 / bRight);
      else if (bRight < 0) to = Math.min(to, -b0 / bRight);
      else if (b0 < 0) continue;
      if (cRight > 0) from = Math.max(from, -c0 / cRight);
      else if (cRight < 0) to = Math.min(to, -c0 / cRight);
      else if (c0 < 0) continue;
      if (aRight > 0) from = Math.max(from, -a0 / aRight);
      else if (aRight < 0) to = Math.min(to, -a0 / aRight);
      else if (a0 < 0) continue;
      // A hair's breadth more on both sides, so that no gap opens between neighbours.
      from = Math.ceil(from - 1e-4);
      to = Math.floor(to + 1e-4);
      const sb = b0 + from * bRight;
      const sc = c0 + from * cRight;
      let z = za + sb * zb + sc * zc;
      let light = la + sb * lb + sc * lc;
      let u = ua + sb * ub + sc * uc;
      let v = va + sb * vb + sc * vc;
      const end = y * across + left + to;
      for (let at = y * across + left + from; at <= end; at += 1) {
        if (z > (depth[at] as number)) {
          depth[at] = z;
          const place = ((v | 0) * atlasWidth + (u | 0)) * 3;
          const red = (atlas[place] as number) * light;
          const green = (atlas[place + 1] as number) * light;
          const blue = (atlas[place + 2] as number) * light;
          rgb[at * 3] = red > 255 ? 255 : red;
          rgb[at * 3 + 1] = green > 255 ? 255 : green;
          rgb[at * 3 + 2] = blue > 255 ? 255 : blue;
        }
        z += zRight;
        light += lRight;
        u += uRight;
        v += vRight;
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
      for (let x = this.#left >> 1; x <= this.#right >> 1; x += 1) {
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
