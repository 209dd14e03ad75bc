import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = 4096;

/** Ways in which the bytes of one file go wrong. */
const OF_BYTES = {
  bits(bytes, random) {
    for (let count = random.between(1, 20); count > 0; count--) {
      const at = random.between(0, bytes.length);
      bytes[at] ^= 1 << random.between(0, 8);
    }
    return bytes;
  },
  zeros: (bytes, random) => bytes.fill(0, ...stretch(bytes, random)),
  garbage(bytes, random) {
    const [from, to] = stretch(bytes, random);
    random.bytes(to - from).copy(bytes, from);
    return bytes;
  },
  'tail gone': (bytes, random) => bytes.subarray(0, random.between(0, bytes.length)),
  'tail of garbage': (bytes, random) => Buffer.concat([bytes, random.bytes(random.between(1, 3 * PAGE))]),
  'first page gone': (bytes) => bytes.fill(0, 0, Math.min(PAGE, bytes.length)),
  'pages swapped'(bytes, random) {
    const [one, other] = [0, 0].map(
      () => PAGE * random.between(0, Math.max(1, Math.floor(bytes.length / PAGE))),
    );
    const kept = Buffer.from(bytes.subarray(one, one + PAGE));
    bytes.copy(bytes, one, other, other + PAGE);
    kept.copy(bytes, other);
    return bytes;
  },
  'hole in the middle'(bytes, random) {
    const [from, to] = stretch(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  'all garbage': (bytes, random) => random.bytes(Math.min(bytes.length, 65_536)),
};

/** Up to five pages, not aligned. */
function stretch(bytes, random) {
  const from = random.between(0, bytes.length);
  return [from, Math.min(bytes.length, from + random.between(1, 5 * PAGE))];
}

export const KINDS = [...Object.keys(OF_BYTES), 'file gone', 'file of another time', 'another file'];

/**
 * Damages one of the two copies in a random way; the other one stays whole.
 *
 * @param older the same queue at an earlier time
 * @returns what was done, for the report of a failure
 */
export function damage(directory, { side, older, random }) {
  const names = filesOf(directory, side);
  const name = random.pick(names);
  const file = join(directory, name);
  const kind = random.pick(KINDS);
  if (kind === 'file gone') rmSync(file);
  else if (kind === 'file of another time') {
    const there = filesOf(older, side).includes(name);
    if (there) copyFileSync(join(older, name), file);
    else rmSync(file);
  } else if (kind === 'another file') {
    const other = join(directory, random.pick(names));
    if (other !== file) {
      renameSync(file, `${file}.kept`);
      renameSync(other, file);
      renameSync(`${file}.kept`, other);
    }
  } else {
    const bytes = readFileSync(file);
    if (bytes.length > 0) writeFileSync(file, OF_BYTES[kind](bytes, random));
  }
  return `${kind}: ${name}`;
}

function filesOf(directory, side) {
  if (side === 'log') return readdirSync(join(directory, 'outbox-log')).map((name) => `outbox-log/${name}`);
  return readdirSync(directory).filter((name) => /^outbox\.sqlite(-wal|-shm)?$/.test(name));
}
