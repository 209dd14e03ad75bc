import { readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** What the terminal's computer says of itself, for the `health` message. */
export interface HostMeasures {
  /** Resident memory of this process. */
  readonly memoryMb: number;
  /** Room left for this service on the disk of the state directory; absent where it cannot be told. */
  readonly diskFreeMb?: number;
  /** Hottest thermal zone, degrees Celsius; absent on computers that tell none. */
  readonly temperatureC?: number;
}

const MB = 1e6;

/** Never throws: what cannot be measured is left out. */
export async function measureHost(directory: string): Promise<HostMeasures> {
  const [diskFreeMb, temperatureC] = await Promise.all([freeOf(directory), hottest()]);
  return {
    memoryMb: Math.round(process.memoryUsage.rss() / MB),
    ...(diskFreeMb === undefined ? {} : { diskFreeMb }),
    ...(temperatureC === undefined ? {} : { temperatureC }),
  };
}

async function freeOf(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return Math.round((bavail * bsize) / MB);
  } catch {
    return undefined;
  }
}

/** The kernel tells thousandths of a degree; a zone whose sensor is off tells nonsense, which is left out. */
async function hottest(root = '/sys/class/thermal'): Promise<number | undefined> {
  const names = await readdir(root).catch(() => []);
  const readings = await Promise.all(
    names
      .filter((name) => name.startsWith('thermal_zone'))
      .map((name) => readFile(join(root, name, 'temp'), 'utf8').then(Number, () => Number.NaN)),
  );
  const degrees = readings.map((each) => each / 1000).filter((each) => each > -40 && each < 150);
  return degrees.length === 0 ? undefined : Math.round(Math.max(...degrees) * 10) / 10;
}
