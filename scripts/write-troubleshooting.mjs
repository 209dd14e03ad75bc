// Writes docs/troubleshooting.md from the rooms' fault tables; the house test demands that it is up to date.
// Run after a build: node scripts/write-troubleshooting.mjs [--check]
import { readdir, readFile, writeFile } from 'node:fs/promises';

const DIST = new URL('../dist/', import.meta.url);
const TARGET = new URL('../docs/troubleshooting.md', import.meta.url);

const CURES = {
  retry: 'nobody: it may work at once, and is tried again',
  person: 'the person at the counter',
  operator: 'the clerk',
  technician: 'a technician',
  carrier: 'the carrier; the terminal goes on and keeps its reports',
  developer: 'us: report it with the log',
};

const INTRODUCTION = `<!-- Written by scripts/write-troubleshooting.mjs from the fault tables in src/*/errors.ts; edit those. -->

# Troubleshooting

Begin with \`countersign doctor\`: it examines every part and says what to do. Every fault has a stable code; it stands
in brackets at the end of the message, in the log (\`journalctl -u countersign -o cat\`), on the page when the terminal is
out of service, and on the carrier's side in \`status\`. No message and no log line has a name, a number or a picture.

| what one sees | what it means | what to do |
|---|---|---|
| red lamp, "out of service" | reader, camera, face networks or queue do not work | \`countersign doctor\`; the terminal opens by itself when the part is back |
| amber lamp, pulsing | no line to the carrier | nothing at once: visits go on, reports wait on the disk; then cable, router, \`countersign doctor --only broker\` |
| "way by hand" after each card | no photo decoder is configured | get the decoder of the reader's maker ([hardware.md](hardware.md)) |
| reports wait and do not leave | the carrier sends no receipts, or the clock is wrong | \`countersign outbox status\`, then the carrier |
| the service starts again and again | \`journalctl -u countersign\` names the part that does not answer | that part's entry below |
`;

async function codes() {
  const names = (await readdir(DIST, { recursive: true })).filter((name) =>
    /(^|\/)[a-z-]*errors\.js$/.test(name),
  );
  const rooms = [];
  for (const name of names.sort()) {
    if (name === 'domain/errors.js') continue;
    for (const maker of Object.values(await import(new URL(name, DIST)))) {
      if (typeof maker === 'function' && maker.codes !== undefined)
        rooms.push([name.split('/')[0], maker.codes]);
    }
  }
  return rooms;
}

function row([code, { says, advice, cure }]) {
  const clean = (text) => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
  return `| \`${code}\` | ${clean(says)} | ${clean(advice)} | ${CURES[cure]} |`;
}

const rooms = await codes();
const text = [
  INTRODUCTION,
  ...rooms.map(([room, table]) =>
    [
      `## ${room}`,
      '',
      '| code | what happened | what to do | who helps |',
      '|---|---|---|---|',
      ...Object.entries(table).map(row),
      '',
    ].join('\n'),
  ),
].join('\n');
if (process.argv.includes('--check')) {
  const there = await readFile(TARGET, 'utf8').catch(() => '');
  if (there !== text) {
    console.error('docs/troubleshooting.md is out of date: node scripts/write-troubleshooting.mjs');
    process.exit(1);
  }
} else {
  await writeFile(TARGET, text);
}
