/** Points in centimetres: x to the right of the picture, y down from the eyes, z towards the camera. */
export interface Mesh {
  /** x, y, z of each point. */
  readonly positions: Float32Array;
  readonly normals: Float32Array;
  /** Place in the atlas, pixels. */
  readonly places: Float32Array;
  /** 0 (in a corner where no light comes) to 1. */
  readonly openness: Float32Array;
  /** How far the point follows the head when it turns, 0 to 1. */
  readonly follows: Float32Array;
  /** Three points each, clockwise as seen from outside. */
  readonly triangles: Uint32Array;
  /** From this index on, triangles are seen from both sides. */
  readonly twoSidedFrom: number;
}

export interface Vertex {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly u: number;
  readonly v: number;
  readonly openness: number;
  readonly follows: number;
}

/** Collects surfaces, each a grid of points, into one mesh. */
export class MeshBuilder {
  readonly #positions: number[] = [];
  readonly #normals: number[] = [];
  readonly #places: number[] = [];
  readonly #openness: number[] = [];
  readonly #follows: number[] = [];
  readonly #triangles: number[] = [];
  readonly #twoSided: number[] = [];

  /** Adds a closed surface as a grid whose columns form a ring. Rows run down, columns run to the right. */
  addRing(rows: number, columns: number, vertex: (row: number, column: number) => Vertex): void {
    this.#addGrid(rows, columns, true, this.#triangles, vertex);
  }

  /** Adds a thin sheet that is seen from both sides. */
  addSheet(
    rows: number,
    columns: number,
    ring: boolean,
    vertex: (row: number, column: number) => Vertex,
  ): void {
    this.#addGrid(rows, columns, ring, this.#twoSided, vertex);
  }

  #addGrid(
    rows: number,
    columns: number,
    ring: boolean,
    triangles: number[],
    vertex: (row: number, column: number) => Vertex,
  ): void {
    const first = this.#openness.length;
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const { x, y, z, u, v, openness, follows } = vertex(row, column);
        this.#positions.push(x, y, z);
        this.#places.push(u, v);
        this.#openness.push(openness);
        this.#follows.push(follows);
      }
    }
    this.#addNormals(first, rows, columns, ring);
    const across = ring ? columns : columns - 1;
    for (let row = 0; row + 1 < rows; row += 1) {
      for (let column = 0; column < across; column += 1) {
        const right = (column + 1) % columns;
        const a = first + row * columns + column;
        const b = first + row * columns + right;
        triangles.push(a, b, a + columns, b, b + columns, a + columns);
      }
    }
  }

  #addNormals(first: number, rows: number, columns: number, ring: boolean): void {
    const points = this.#positions;
    for (let row = 0; row < rows; row += 1) {
      const above = (first + Math.max(0, row - 1) * columns) * 3;
      const below = (first + Math.min(rows - 1, row + 1) * columns) * 3;
      const here = (first + row * columns) * 3;
      for (let column = 0; column < columns; column += 1) {
        const left = here + 3 * (ring ? (column + columns - 1) % columns : Math.max(0, column - 1));
        const right = here + 3 * (ring ? (column + 1) % columns : Math.min(columns - 1, column + 1));
        const up = above + 3 * column;
        const down = below + 3 * column;
        const ax = (points[right] as number) - (points[left] as number);
        const ay = (points[right + 1] as number) - (points[left + 1] as number);
        const az = (points[right + 2] as number) - (points[left + 2] as number);
        const bx = (points[down] as number) - (points[up] as number);
        const by = (points[down + 1] as number) - (points[up + 1] as number);
        const bz = (points[down + 2] as number) - (points[up + 2] as number);
        const x = ay * bz - az * by;
        const y = az * bx - ax * bz;
        const z = ax * by - ay * bx;
        const length = Math.sqrt(x * x + y * y + z * z) || 1;
        this.#normals.push(x / length, y / length, z / length);
      }
    }
  }

  build(): Mesh {
    return {
      positions: Float32Array.from(this.#positions),
      normals: Float32Array.from(this.#normals),
      places: Float32Array.from(this.#places),
      openness: Float32Array.from(this.#openness),
      follows: Float32Array.from(this.#follows),
      triangles: Uint32Array.from([...this.#triangles, ...this.#twoSided]),
      twoSidedFrom: this.#triangles.length,
    };
  }
}
