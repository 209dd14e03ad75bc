import type { Challenge } from '../../domain/face.js';
import { smoothStep } from './curve.js';
import { AT_EASE, type Pose } from './pose.js';
import { Random } from './random.js';

/** From being asked to beginning to move: a person reads first. */
const REACTION_MS = 350;
const BLINK_MS = 300;
/** A blink on request is deliberate: far slower than one of nature. */
const ASKED_BLINK_MS = 850;
const TURN = { out: 600, hold: 700, back: 550, angle: 27 };
const LENGTHS: Readonly<Record<Challenge, number>> = {
  blink: ASKED_BLINK_MS,
  'turn-left': TURN.out + TURN.hold + TURN.back,
  'turn-right': TURN.out + TURN.hold + TURN.back,
};

interface Act {
  readonly what: Challenge;
  readonly from: number;
}

/** A slow swaying that never repeats soon: three waves without a common measure. */
interface Sway {
  readonly waves: readonly { readonly size: number; readonly hz: number; readonly phase: number }[];
}

/** How one person moves, as a function of time: small motion of the head, breath, blinks, and what is asked for. */
export class Motion {
  readonly #random: Random;
  readonly #yaw: Sway;
  readonly #pitch: Sway;
  readonly #roll: Sway;
  readonly #x: Sway;
  readonly #y: Sway;
  readonly #near: Sway;
  readonly #blinks: number[] = [];
  #acts: Act[] = [];

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#yaw = this.#sway(2.6);
    this.#pitch = this.#sway(1.6);
    this.#roll = this.#sway(1.4);
    this.#x = this.#sway(4);
    this.#y = this.#sway(2.2);
    this.#near = this.#sway(0.012);
  }

  /** Asks for an act at `atMs`; those asked before are ended first. Returns when it will be over. */
  ask(what: Challenge, atMs: number): number {
    this.#acts = this.#acts.filter((act) => act.from + LENGTHS[act.what] > atMs - 1000);
    const last = this.#acts.at(-1);
    const free = last === undefined ? atMs : Math.max(atMs, last.from + LENGTHS[last.what]);
    const from = free + REACTION_MS + this.#random.between(0, 150);
    this.#acts.push({ what, from });
    return from + LENGTHS[what];
  }

  /** Forgets what was asked and not yet done. */
  calm(): void {
    this.#acts = [];
  }

  /** Milliseconds since the person came; does not go back by more than a second. */
  poseAt(ms: number): Pose {
    let yaw = value(this.#yaw, ms);
    let pitch = value(this.#pitch, ms) - 1;
    let roll = value(this.#roll, ms);
    let blink = this.#blinkAt(ms);
    for (const { what, from } of this.#acts) {
      const since = ms - from;
      if (since < 0 || since > LENGTHS[what]) continue;
      if (what === 'blink') {
        blink = Math.max(blink, lids(since / ASKED_BLINK_MS));
      } else {
        const side = what === 'turn-left' ? 1 : -1;
        const share =
          smoothStep(0, TURN.out, since) * (1 - smoothStep(TURN.out + TURN.hold, LENGTHS[what], since));
        yaw = yaw * (1 - 0.6 * share) + side * TURN.angle * share;
        // Nobody turns about a plumb line: the head dips and leans a little.
        pitch -= 2 * share;
        roll += side * 1.5 * share;
      }
    }
    return {
      ...AT_EASE,
      yaw,
      pitch,
      roll,
      blink,
      offset: { x: value(this.#x, ms), y: value(this.#y, ms) + 2 },
      scale: 1 + value(this.#near, ms),
      breath: Math.sin((2 * Math.PI * ms) / 3900),
    };
  }

  #sway(size: number): Sway {
    const wave = (share: number, hz: number) => ({
      size: size * share,
      hz: hz * this.#random.between(0.8, 1.2),
      phase: this.#random.between(0, 2 * Math.PI),
    });
    return { waves: [wave(0.55, 0.13), wave(0.32, 0.31), wave(0.13, 0.83)] };
  }

  /** Blinks of nature, one in two to six seconds. */
  #blinkAt(ms: number): number {
    let last = this.#blinks.at(-1);
    while (last === undefined || last < ms + 1000) {
      last = (last ?? 0) + this.#random.between(2200, 6000);
      this.#blinks.push(last);
    }
    while ((this.#blinks[0] ?? ms) < ms - 2000) this.#blinks.shift();
    return Math.max(0, ...this.#blinks.map((from) => lids((ms - from) / BLINK_MS)));
  }
}

/** Share closed over a blink from 0 to 1: fast shut, a moment closed, slower open. */
function lids(t: number): number {
  return smoothStep(0, 0.25, t) * (1 - smoothStep(0.55, 1, t));
}

function value({ waves }: Sway, ms: number): number {
  return waves.reduce(
    (sum, { size, hz, phase }) => sum + size * Math.sin((2 * Math.PI * hz * ms) / 1000 + phase),
    0,
  );
}
