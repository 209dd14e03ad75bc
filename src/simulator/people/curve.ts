/**
 * A smooth curve through points given by rising x, without overshoot (monotone cubic, Fritsch and Carlson 1980).
 * Outside the points it stays at the ends.
 */
export function curve(points: readonly (readonly [number, number])[]): (x: number) => number {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const at = (list: readonly number[], index: number): number => list[index] ?? 0;
  const last = xs.length - 1;
  const slopes = xs.slice(1).map((x, index) => (at(ys, index + 1) - at(ys, index)) / (x - at(xs, index)));
  const tangents = xs.map((_, index) => {
    if (index === 0) return at(slopes, 0);
    if (index === last) return at(slopes, last - 1);
    const [before, after] = [at(slopes, index - 1), at(slopes, index)];
    return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
  });
  return (x) => {
    if (x <= at(xs, 0)) return at(ys, 0);
    if (x >= at(xs, last)) return at(ys, last);
    let index = 0;
    while (x > at(xs, index + 1)) index += 1;
    const width = at(xs, index + 1) - at(xs, index);
    const t = (x - at(xs, index)) / width;
    return (
      (1 + 2 * t) * (1 - t) ** 2 * at(ys, index) +
      t * (1 - t) ** 2 * width * at(tangents, index) +
      t * t * (3 - 2 * t) * at(ys, index + 1) +
      t * t * (t - 1) * width * at(tangents, index + 1)
    );
  };
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothStep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
