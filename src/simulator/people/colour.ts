/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

export function mix(a: Colour, b: Colour, share: number): Colour {
  const t = Math.min(1, Math.max(0, share));
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

export function darken(colour: Colour, share: number): Colour {
  return mix(colour, [0, 0, 0], share);
}

/** As SVG writes it. */
export function css(colour: Colour): string {
  return `rgb(${colour.map((part) => Math.round(Math.min(255, Math.max(0, part)))).join(',')})`;
}

/** A colour of `share` 0 to 1 along a list of stops. */
export function along(stops: readonly [Colour, Colour, ...Colour[]], share: number): Colour {
  const steps = stops.length - 1;
  const at = Math.min(steps - 1e-6, Math.max(0, share * steps));
  const index = Math.floor(at);
  return mix(stops[index] ?? stops[0], stops[index + 1] ?? stops[1], at - index);
}
