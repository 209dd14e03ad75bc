import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { CAST } from '#built/simulator/people/cast.js';
import { Random } from '#built/simulator/people/random.js';
import { Studio } from '#built/simulator/people/render-person.js';
import { SHOP } from '#built/simulator/people/scene.js';

export interface Picture {
  readonly file: string;
  readonly person: string;
  readonly sex: string;
}

/** Photographs of the invented people, each posed, lit and exposed anew; nobody's picture. */
export async function photographCast(folder: string, times: number): Promise<Picture[]> {
  const studio = new Studio(7);
  const random = new Random(11);
  const about = (most: number): number => random.between(-most, most);
  const pictures: Picture[] = [];
  for (const person of CAST) {
    for (let i = 0; i < times; i++) {
      const pose = {
        yaw: about(9),
        pitch: about(6),
        roll: about(7),
        scale: random.between(0.85, 1.15),
        offset: { x: about(40), y: about(20) },
      };
      const light = { ...SHOP.light, brightness: random.between(0.8, 1.2), side: about(0.6) };
      const { width, height, rgb } = await studio.take(person, pose, { ...SHOP, light });
      const file = `${person.id}-${i}.jpg`;
      await sharp(rgb, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 82 })
        .toFile(join(folder, file));
      pictures.push({ file, person: person.id, sex: person.sex });
    }
  }
  return pictures;
}

export async function writeFileList(file: string, pictures: readonly Picture[]): Promise<void> {
  const rows = pictures.map(({ file: name, person, sex }) => `${name},${person},${sex}`);
  await writeFile(file, `file,identity,group\n${rows.join('\n')}\n`);
}
