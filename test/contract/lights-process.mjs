// Runs inside the private mount namespace: the shipped driver, told what to do line by line on stdin.
import { createInterface } from 'node:readline';
import { createSystemClock } from '../../dist/clock/system-driver.js';
import { createGpioLights } from '../../dist/lights/gpio-driver.js';
import { createLedLights } from '../../dist/lights/leds-driver.js';

const [driver = '', options = '{}'] = process.argv.slice(2);
const create = driver === 'gpio' ? createGpioLights : createLedLights;
const lights = create(JSON.parse(options), { clock: createSystemClock() });

for await (const line of createInterface({ input: process.stdin })) {
  const { show, check, close } = JSON.parse(line);
  let answer = null;
  if (show !== undefined) lights.show(show);
  if (check !== undefined) answer = await lights.check();
  if (close !== undefined) await lights.close();
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
