/** Radius of the blur, centimetres, from soft to sharp: the order in which layers lie over one another. */
const SOFTNESS = { mist: 0.7, shadow: 0.3, fold: 0.13, edge: 0.05, line: 0 } as const;

export type Softness = keyof typeof SOFTNESS;

/** Collects SVG shapes by softness. One blur over a layer costs far less than one over each shape. */
export class Layers {
  readonly #shapes = new Map<Softness, string[]>();

  add(softness: Softness, shape: string): void {
    const list = this.#shapes.get(softness);
    if (list === undefined) this.#shapes.set(softness, [shape]);
    else list.push(shape);
  }

  /** A shape of the picture's right half, and its mirror image. */
  addBoth(softness: Softness, shape: string): void {
    this.add(softness, bothSides(shape));
  }

  toString(): string {
    return (Object.keys(SOFTNESS) as Softness[])
      .map((softness) => {
        const shapes = (this.#shapes.get(softness) ?? []).join('');
        return SOFTNESS[softness] === 0 ? shapes : `<g filter="url(#${softness})">${shapes}</g>`;
      })
      .join('');
  }
}

export function bothSides(half: string): string {
  return `${half}<g transform="scale(-1,1)">${half}</g>`;
}

/** Definitions that every sheet begins with. */
export const FILTERS = `<defs>${Object.entries(SOFTNESS)
  .map(
    ([softness, radius]) =>
      `<filter id="${softness}" x="-10%" y="-15%" width="120%" height="130%"><feGaussianBlur stdDeviation="${radius}"/></filter>`,
  )
  .join('')}</defs>`;
