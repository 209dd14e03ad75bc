import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CardFields } from '../../domain/card.js';
import type { SimulatorBar } from '../../screen/port.js';
import { cardFieldsOf } from '../../simulator/people/card-fields.js';
import { renderCardPhoto } from '../../simulator/people/card-photo.js';
import { CAST } from '../../simulator/people/cast.js';
import { encodeSimulatedWlt } from '../../simulator/photo-codec.js';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));

export interface DemoCard {
  readonly id: string;
  readonly label: string;
  readonly fields: CardFields;
  /** What the simulated reader is told to place. */
  readonly file: string;
}

/** The far sides: reader, camera and decoder, each a process of its own; and the hands that move people and cards. */
export interface DemoDevices extends Omit<SimulatorBar, 'order'> {
  readonly readerPath: string;
  readonly cameraCommand: string[];
  readonly decoderCommand: string[];
  card(id: string): DemoCard;
  close(): Promise<void>;
}

/** How the service is to call this very program for a simulated far side. */
function commandLine(...parts: string[]): string[] {
  return [process.execPath, MAIN, 'simulate', ...parts];
}

export async function startDevices(directory: string): Promise<DemoDevices> {
  const readerPath = join(directory, 'reader');
  const control = join(directory, 'camera.json');
  const cards = await writeCards(join(directory, 'cards'));
  await writeFile(control, JSON.stringify({ person: null }));
  const reader = await startReader(readerPath);
  const state: { person: string | undefined; card: string | undefined } = {
    person: undefined,
    card: undefined,
  };

  const tell = (message: object): void => {
    reader.stdin?.write(`${JSON.stringify(message)}\n`);
  };
  const findCard = (id: string): DemoCard => {
    const found = cards.find((each) => each.id === id);
    if (found === undefined) throw new Error(`there is no card ${id} in the demo`);
    return found;
  };
  return {
    readerPath,
    cameraCommand: commandLine('camera', '--control', control),
    decoderCommand: commandLine('decoder'),
    people: () => CAST.map(({ id, name }) => ({ id, label: name })),
    cards: () => cards.map(({ id, label }) => ({ id, label })),
    state: () => ({ ...state }),
    card: findCard,
    async choose({ person, card }) {
      if (person !== undefined) {
        // Renamed into place: the camera must never read half a file.
        await writeFile(`${control}.new`, JSON.stringify({ person }));
        await rename(`${control}.new`, control);
        state.person = person ?? undefined;
      }
      if (card === undefined) return;
      if (state.card !== undefined) tell({ lift: true });
      state.card = card ?? undefined;
      if (card !== null) tell({ place: findCard(card).file });
    },
    async close() {
      if (reader.exitCode !== null || reader.signalCode !== null) return;
      reader.kill('SIGTERM');
      await once(reader, 'exit');
    },
  };
}

async function startReader(link: string): Promise<ChildProcess> {
  const [program = '', ...parts] = commandLine('reader', '--link', link);
  const child = spawn(program, parts, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [first] = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [unknown];
  if (typeof first !== 'string') throw new Error(`the simulated reader ended with ${String(first)}`);
  // The rest of its records is of no use here, but an unread pipe would stop it one day.
  lines.on('line', () => {});
  return child;
}

/** Everybody's own card, and one that expired. */
async function writeCards(directory: string): Promise<DemoCard[]> {
  await mkdir(directory, { recursive: true });
  const cards: DemoCard[] = [];
  for (const person of CAST) {
    const photo = Buffer.from(await encodeSimulatedWlt(await renderCardPhoto(person))).toString('base64');
    const add = async (id: string, label: string, fields: CardFields): Promise<void> => {
      const file = join(directory, `${id}.json`);
      await writeFile(file, JSON.stringify({ fields, photo }));
      cards.push({ id, label, fields, file });
    };
    await add(person.id, person.name, cardFieldsOf(person));
    if (person === CAST[0]) {
      await add(`${person.id}-expired`, `${person.name} (expired)`, cardFieldsOf(person, { expired: true }));
    }
  }
  return cards;
}
