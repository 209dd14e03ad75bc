/**
 * Where things stand in the one picture that clothes a bust:
 *
 *     ┌──────────────────────────┐
 *     │ head, unrolled           │ 32 x 25 cm at 22.5 pixels a centimetre
 *     ├────────┬────────┬────────┤
 *     │ skin   │ hair   │ frame  │ plain patches
 *     ├────────┴────────┴────────┤
 *     │ chest and shoulders      │ 48 x 28 cm at 15 pixels a centimetre
 *     └──────────────────────────┘
 */
export const ATLAS = { width: 720, height: 1002 } as const;

export const HEAD_SHEET = { left: -16, top: -12.5, scale: 22.5, width: 720, height: 562, row: 0 } as const;
export const PATCHES = { row: 562, height: 20, width: 240 } as const;
export const BODY_SHEET = { left: -24, top: 11, scale: 15, width: 720, height: 420, row: 582 } as const;
/** The eyes are drawn anew for every opening of the lids: this part of the head's sheet. */
export const EYE_STRIP = { x: 202, y: 218, width: 316, height: 120 } as const;

export type PatchName = 'skin' | 'hair' | 'frame';

/** Middle of a plain patch, in pixels of the atlas. */
export function patchPlace(name: PatchName): { u: number; v: number } {
  const index = { skin: 0, hair: 1, frame: 2 }[name];
  return { u: (index + 0.5) * PATCHES.width, v: PATCHES.row + PATCHES.height / 2 };
}

export function headPlace(x: number, y: number): { u: number; v: number } {
  return {
    u: clamp((x - HEAD_SHEET.left) * HEAD_SHEET.scale, HEAD_SHEET.width),
    v: clamp((y - HEAD_SHEET.top) * HEAD_SHEET.scale, HEAD_SHEET.height),
  };
}

export function bodyPlace(x: number, y: number): { u: number; v: number } {
  return {
    u: clamp((x - BODY_SHEET.left) * BODY_SHEET.scale, BODY_SHEET.width),
    v: BODY_SHEET.row + clamp((y - BODY_SHEET.top) * BODY_SHEET.scale, BODY_SHEET.height),
  };
}

function clamp(value: number, size: number): number {
  return Math.min(size - 1, Math.max(0, value));
}
