import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

export const COMMAND_NAMES = [
  'status',
  'id',
  'reset',
  'find',
  'select',
  'read',
  'addresses',
  'rf-size',
  'other',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

const effectSchema = z
  .strictObject({
    status: z
      .string()
      .regex(/^[0-9a-f]{2}$/i)
      .optional()
      .describe('answer with this SW3 and nothing else'),
    sw1: z.int().min(0).max(255).optional().describe("the card's own status bytes, which must not matter"),
    sw2: z.int().min(0).max(255).optional(),
    delayMs: z.int().min(0).max(600_000).optional().describe('answer so much later'),
    silent: z.boolean().optional().describe('do not answer'),
    cutAfter: z.int().min(0).max(5000).optional().describe('send only so many bytes of the answer'),
    corrupt: z.boolean().optional().describe('flip a bit, so that the checksum is wrong'),
    noiseBefore: z.int().min(0).max(100_000).optional().describe('so many random bytes before the answer'),
    noiseAfter: z.int().min(0).max(100_000).optional(),
    chunkBytes: z.int().min(1).max(5000).optional().describe('send in pieces of so many bytes, 1 ms apart'),
    textLength: z.int().min(0).max(65_535).optional().describe('claim this length of the text in a read'),
    photoLength: z.int().min(0).max(65_535).optional().describe('claim this length of the photo in a read'),
    lift: z.boolean().optional().describe('the card is lifted now, before the answer'),
    place: z.string().optional().describe('another card lies there after the answer: a card file'),
    hangUpMs: z
      .int()
      .min(0)
      .max(600_000)
      .optional()
      .describe('the port goes away instead, and returns after this'),
  })
  .readonly();

const faultSchema = z.strictObject({
  on: z.union([z.enum(COMMAND_NAMES), z.literal('any')]),
  skip: z.int().min(0).default(0).describe('let so many of these commands pass first'),
  times: z.int().min(1).default(1).describe('then do it so often; a large number for always'),
  do: effectSchema,
});

export const faultFileSchema = z.strictObject({
  seed: z.int().default(1),
  faults: z.array(faultSchema).max(1000),
});

export type FaultEffect = z.infer<typeof effectSchema>;
export type FaultFile = z.infer<typeof faultFileSchema>;
/** What may be written in a fault file, defaults left out. */
export type FaultInput = z.input<typeof faultSchema>;

/** Reads a fault file (JSON, see docs/hardware.md); card files in it are looked for beside it. */
export async function loadFaultFile(file: string): Promise<FaultFile> {
  const { seed, faults } = faultFileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const beside = (effect: FaultEffect): FaultEffect =>
    effect.place === undefined ? effect : { ...effect, place: resolve(dirname(file), effect.place) };
  return { seed, faults: faults.map((fault) => ({ ...fault, do: beside(fault.do) })) };
}

/** Counts commands and says which fault, if any, strikes each. */
export class FaultScript {
  readonly #faults: { fault: z.infer<typeof faultSchema>; seen: number }[] = [];
  #noise: number;

  constructor(file: FaultFile = { seed: 1, faults: [] }) {
    this.#noise = file.seed >>> 0;
    for (const fault of file.faults) this.#faults.push({ fault, seen: 0 });
  }

  /** Adds a fault that counts from now. */
  add(input: FaultInput): void {
    this.#faults.push({ fault: faultSchema.parse(input), seen: 0 });
  }

  /** The first fault of the list whose turn it is. */
  next(command: CommandName): FaultEffect | undefined {
    let effect: FaultEffect | undefined;
    for (const entry of this.#faults) {
      const { on, skip, times } = entry.fault;
      if (on !== 'any' && on !== command) continue;
      const turn = entry.seen;
      entry.seen += 1;
      if (effect === undefined && turn >= skip && turn < skip + times) effect = entry.fault.do;
    }
    return effect;
  }

  /** The same noise for the same seed, so that a test that fails fails again. */
  noise(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => {
      this.#noise = (Math.imul(this.#noise, 1_664_525) + 1_013_904_223) >>> 0;
      return this.#noise >>> 24;
    });
  }
}
