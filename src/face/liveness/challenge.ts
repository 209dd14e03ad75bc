import type { Challenge } from '../../domain/face.js';

/** What one frame says about eyes and head. */
export interface Movement {
  readonly atMs: number;
  /** Degrees, positive to the person's own left. */
  readonly yaw: number;
  /** As `irisDarkness` gives it; falls when the lids shut. */
  readonly eyes: number;
}

/** Degrees away from looking ahead that make a turn, and within which one looks ahead. */
const TURNED = 14;
const AHEAD = 9;
/** Parts of the open eye's darkness below which a lid is shut, above which it is open. */
const SHUT = 0.68;
const OPEN = 0.82;
/**
 * A blink that answers is a deliberate one: shut in at least two frames, and for so long. Blinks by themselves, of
 * which every recording is full, are shorter (100 to 200 ms with the lid over the pupil).
 */
const LEAST_SHUT_MS = 250;
const MOST_SHUT_MS = 4000;
interface Lids {
  readonly lastOpen: number | undefined;
  readonly shutAt: number | undefined;
  readonly lastShut: number;
  readonly frames: number;
}
const OPEN_LIDS: Lids = { lastOpen: undefined, shutAt: undefined, lastShut: 0, frames: 0 };
/** One frame can be misread; two in a row are a movement. */
const IN_A_ROW = 2;

/**
 * Follows whether challenges are answered, in the order asked. Each begins when the person looks ahead with open eyes;
 * turning the head when something else is asked is a wrong answer, and a wrong answer is final: a recording of another
 * order must not get on by going on. Blinking in between is what people do, and counts for nothing.
 */
export class ChallengeWatch {
  readonly #challenges: readonly Challenge[];
  readonly #opened: number[] = [];
  readonly #ahead: number[] = [];
  #passed = 0;
  #wrong: boolean = false;
  #ready: boolean = false;
  #turns = 0;
  #lids: Lids = OPEN_LIDS;

  constructor(challenges: readonly Challenge[]) {
    this.#challenges = challenges;
  }

  /** What is to be done now; undefined when all is done. */
  get asked(): Challenge | undefined {
    return this.#challenges[this.#passed];
  }

  get passed(): number {
    return this.#passed;
  }

  get wrong(): boolean {
    return this.#wrong;
  }

  results(): { challenge: Challenge; passed: boolean }[] {
    return this.#challenges.map((challenge, i) => ({ challenge, passed: i < this.#passed }));
  }

  see(movement: Movement): { readonly shut: boolean } {
    const yaw = movement.yaw - this.#neutral(movement.yaw);
    const open = this.#openness(movement.eyes);
    const { asked } = this;
    if (asked === undefined || this.#wrong) return { shut: open < SHUT };
    if (!this.#ready) this.#ready = Math.abs(yaw) < AHEAD && open > OPEN;
    else if (this.#followTurn(yaw, asked) || this.#followLids(open, movement.atMs, asked)) this.#next();
    return { shut: open < SHUT };
  }

  #next(): void {
    this.#passed++;
    this.#ready = false;
    this.#turns = 0;
    this.#lids = OPEN_LIDS;
  }

  /** True when the turn asked for is made; a turn not asked for ends it all. */
  #followTurn(yaw: number, asked: Challenge): boolean {
    const turned = yaw >= TURNED ? 1 : yaw <= -TURNED ? -1 : 0;
    this.#turns = turned === 0 || Math.sign(this.#turns) === -turned ? turned : this.#turns + turned;
    if (Math.abs(this.#turns) < IN_A_ROW) return false;
    const wanted = asked === 'turn-left' ? 1 : asked === 'turn-right' ? -1 : 0;
    if (turned === wanted) return true;
    this.#wrong = true;
    return false;
  }

  /** True when the lids open again after a deliberate blink that was asked for. */
  #followLids(open: number, atMs: number, asked: Challenge): boolean {
    const lids = this.#lids;
    if (open < SHUT) {
      this.#lids = { ...lids, shutAt: lids.shutAt ?? atMs, lastShut: atMs, frames: lids.frames + 1 };
      return false;
    }
    this.#lids = { lastOpen: atMs, shutAt: undefined, lastShut: 0, frames: 0 };
    if (lids.shutAt === undefined) return false;
    // Frames are moments: shut at least from the first to the last of them, at most from open to open.
    const shutMs = (lids.lastShut - lids.shutAt + atMs - (lids.lastOpen ?? lids.shutAt)) / 2;
    const deliberate = lids.frames >= IN_A_ROW && shutMs >= LEAST_SHUT_MS && shutMs <= MOST_SHUT_MS;
    return deliberate && asked === 'blink';
  }

  /** What looking ahead measures in this person: the median of the first frames that nearly look ahead. */
  #neutral(yaw: number): number {
    if (this.#ahead.length < 5 && Math.abs(yaw) < TURNED) this.#ahead.push(yaw);
    const sorted = [...this.#ahead].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? 0;
  }

  /** In parts of this person's open eyes: the upper part of what was seen of late. */
  #openness(eyes: number): number {
    this.#opened.push(eyes);
    if (this.#opened.length > 60) this.#opened.shift();
    const sorted = [...this.#opened].sort((a, b) => a - b);
    return eyes / Math.max(0.05, sorted[Math.floor(sorted.length * 0.75)] ?? eyes);
  }
}
