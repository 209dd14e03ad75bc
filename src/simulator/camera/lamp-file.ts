import { readFile } from 'node:fs/promises';

/** By how much the light beside the camera makes a near face brighter. */
const SHINE = 0.2;

/**
 * What the light beside the camera adds, by the kernel's file of it: `value` of a GPIO line or `brightness` of an LED.
 * Nothing while there is no such file: a line comes into being when it is first switched.
 */
export async function flashBy(file: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '0');
  return Number.parseInt(text, 10) > 0 ? SHINE : 0;
}
