/** JPEGs made byte by byte: valid by their markers, with nothing on them that could be decoded. */

const segment = (code: number, body: readonly number[]): number[] => [
  0xff,
  code,
  (body.length + 2) >> 8,
  (body.length + 2) & 0xff,
  ...body,
];

export interface JpegPlan {
  readonly width: number;
  readonly height: number;
  /** Bodies of APP1 segments: EXIF, with a thumbnail or without. */
  readonly app: readonly (readonly number[])[];
  /** Coded data of each scan, before stuffing. */
  readonly scans: readonly (readonly number[])[];
  /** FF that fill up before each marker. */
  readonly fill: number;
  /** Progressive instead of baseline. */
  readonly progressive: boolean;
  readonly restarts: boolean;
}

export const PLAIN: JpegPlan = {
  width: 640,
  height: 480,
  app: [],
  scans: [[1, 2, 3, 0xff, 0xd9, 4]],
  fill: 0,
  progressive: false,
  restarts: false,
};

export function makeJpeg(plan: Partial<JpegPlan> = {}): Uint8Array {
  const { width, height, app, scans, fill, progressive, restarts } = { ...PLAIN, ...plan };
  const size = [height >> 8, height & 0xff, width >> 8, width & 0xff];
  const header = segment(progressive ? 0xc2 : 0xc0, [8, ...size, 1, 1, 0x11, 0]);
  const filled = (bytes: readonly number[]): number[] => [...new Array<number>(fill).fill(0xff), ...bytes];
  const coded = scans.flatMap((data) => [
    ...filled(segment(0xda, [1, 1, 0, 0, 63, 0])),
    ...data.flatMap((byte, index) => [
      // FF in coded data is followed by 00.
      ...(byte === 0xff ? [0xff, 0x00] : [byte]),
      ...(restarts && index % 7 === 6 ? [0xff, 0xd0 + ((index / 7) & 7)] : []),
    ]),
  ]);
  const head = app.flatMap((body) => filled(segment(0xe1, body)));
  return Uint8Array.from([0xff, 0xd8, ...head, ...filled(header), ...coded, ...filled([0xff, 0xd9])]);
}

export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}
