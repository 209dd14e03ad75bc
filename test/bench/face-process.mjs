// A process of its own: `face-process.mjs CONTENDER PROBE CARD ROUNDS` says when it has its first comparison, then
// goes on and says how much memory it took at its peak.
import { readFile } from 'node:fs/promises';
import { CONTENDERS } from './face-contenders.mjs';

const [name, probe, card, rounds] = process.argv.slice(2);
const [probeJpeg, cardJpeg] = await Promise.all([readFile(probe), readFile(card)]);
const contender = await CONTENDERS[name]();
await contender.compare(probeJpeg, cardJpeg);
process.send({ first: true });
for (let i = 0; i < Number(rounds); i++) await contender.compare(probeJpeg, cardJpeg);
process.send({ peakMb: process.resourceUsage().maxRSS / 1024 });
await contender.close();
process.disconnect();
process.exit();
