import sharp from 'sharp';

/** Interleaved RGB, one byte each. */
export interface Picture {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly pixels: Uint8Array;
}

/** Noise, gradients and drawn faces: nobody's photograph. Always the same for the same size. */
export async function pictures(height: number, width: number): Promise<Picture[]> {
  const make = (name: string, pixels: Uint8Array): Picture => ({ name, height, width, pixels });
  return [
    make('noise', noise(height * width * 3)),
    make('gradient', gradient(height, width)),
    make('a drawn face', await draw(height, width, { skin: '#d9a981', turn: 0 })),
    make('a tilted face', await draw(height, width, { skin: '#7a4a30', turn: 14 })),
  ];
}

/** A linear congruential generator (Numerical Recipes), so that every run sees the same noise. */
function noise(length: number): Uint8Array {
  let state = 2026;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

function gradient(height: number, width: number): Uint8Array {
  const pixels = new Uint8Array(height * width * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      pixels[i] = (255 * x) / width;
      pixels[i + 1] = (255 * y) / height;
      pixels[i + 2] = (x + y) % 256;
    }
  }
  return pixels;
}

async function draw(
  height: number,
  width: number,
  face: { skin: string; turn: number },
): Promise<Uint8Array> {
  const eye = (x: number) => `<ellipse cx="${x}" cy="44" rx="5.5" ry="3" fill="#f7f4ef"/>
    <circle cx="${x}" cy="44" r="2.6" fill="#2b1a10"/>
    <path d="M${x - 7} 37 q7 -4 14 0" stroke="#2a1c12" stroke-width="2" fill="none"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 100 100"
      preserveAspectRatio="none"><rect width="100" height="100" fill="#8fa3b5"/>
    <g transform="rotate(${face.turn} 50 52)"><ellipse cx="50" cy="46" rx="32" ry="38" fill="#22160f"/>
    <ellipse cx="50" cy="52" rx="26" ry="34" fill="${face.skin}"/>${eye(39)}${eye(61)}
    <path d="M50 46 q-5 14 -3 16 q3 2 6 0" stroke="#00000055" stroke-width="1.5" fill="none"/>
    <path d="M40 71 q10 7 20 0 q-10 -4 -20 0" fill="#a4483f"/></g></svg>`;
  const { data } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return data;
}
