import type { Challenge } from '../../domain/face.js';
import type { RgbImage } from '../../domain/image.js';
import { smoothStep } from '../people/curve.js';
import { dress } from '../people/dress.js';
import type { Person, Wearable } from '../people/looks.js';
import { Motion } from '../people/motion.js';
import { AT_EASE, type Pose } from '../people/pose.js';
import { seedOf } from '../people/random.js';
import { Studio } from '../people/render-person.js';
import { type Scene, SHOP } from '../people/scene.js';
import type { Attack, Control } from './control.js';
import { layFlat } from './flat-picture.js';
import { cutOut, onPaper, onScreen, pasteFace } from './recapture.js';

const COME_MS = 650;
const GO_MS = 450;
/** So far aside nobody is seen any more, pixels. */
const ASIDE = 620;
/** Where two share the picture: the first makes room for the second. */
const FIRST_OF_TWO = 85;
const SECOND_OF_TWO = { x: -165, y: 10, scale: 0.82 };

interface Visitor {
  readonly person: Person;
  readonly motion: Motion;
  readonly cameMs: number;
}

/** The room before the camera: who stands there, what they do, and what is held up instead of a face. */
export class Room {
  readonly #studio: Studio;
  readonly #find: (id: string) => Person;
  readonly #seed: number;
  #scene: Scene = SHOP;
  #size = 1;
  #ms = 0;
  #visitor: Visitor | undefined;
  #wears: Wearable | undefined;
  #beside: Visitor | undefined;
  #leaving: { readonly visitor: Visitor; readonly fromMs: number } | undefined;
  #attack: { readonly attack: Attack; readonly fromMs: number } | undefined;
  /** Pictures that an attack kept: the one frozen, or those of the loop. */
  #kept: RgbImage[] = [];
  #print: RgbImage | undefined;
  #cutIn: Motion | undefined;

  /** `find` knows people by their id, and throws for a stranger. */
  constructor(find: (id: string) => Person, seed: number) {
    this.#find = find;
    this.#seed = seed;
    this.#studio = new Studio(seed);
  }

  /** Changes what is to be seen. At time 0 the person stands there already; later they come in and go out. */
  apply(control: Control, ms: number): void {
    const { person, beside, act, attack, wears } = control;
    // Found first: a control that names a stranger changes nothing.
    const next = person == null ? undefined : this.#find(person);
    const second = beside == null ? undefined : this.#find(beside);
    if (attack?.of !== undefined) this.#find(attack.of);
    this.#light(control);
    if (wears !== undefined) this.#wears = wears ?? undefined;
    if (person !== undefined && next !== this.#visitor?.person) this.#change(next, ms);
    if (beside !== undefined) {
      this.#beside = second && {
        person: second,
        motion: new Motion(this.#seed ^ seedOf(second.id)),
        cameMs: ms,
      };
    }
    if (attack !== undefined || person !== undefined) this.#setAttack(attack, ms);
    for (const each of act === undefined ? [] : [act].flat()) this.#ask(each, ms);
  }

  #light({ background, brightness, side, flash = this.#scene.light.flash ?? 0, distance }: Control): void {
    const { light } = this.#scene;
    this.#scene = {
      ...this.#scene,
      background: background ?? this.#scene.background,
      light: { ...light, brightness: brightness ?? light.brightness, side: side ?? light.side, flash },
    };
    this.#size = distance === undefined ? this.#size : 1 / distance;
  }

  /** Somebody who is still coming in stands first. */
  #ask(act: Challenge, ms: number): void {
    if (this.#visitor === undefined) return;
    this.#visitor.motion.ask(act, Math.max(COME_MS, ms - this.#visitor.cameMs));
  }

  #change(next: Person | undefined, ms: number): void {
    if (this.#visitor !== undefined) this.#leaving = { visitor: this.#visitor, fromMs: ms };
    const wait = this.#visitor === undefined ? 0 : GO_MS;
    const cameMs = ms === 0 ? -COME_MS : ms + wait;
    const motion = next === undefined ? undefined : new Motion(this.#seed ^ seedOf(`${next.id} ${ms}`));
    this.#visitor = next === undefined || motion === undefined ? undefined : { person: next, motion, cameMs };
  }

  #setAttack(attack: Attack | undefined, ms: number): void {
    this.#attack = attack === undefined ? undefined : { attack, fromMs: ms };
    this.#kept = [];
    this.#print = undefined;
    this.#cutIn = attack?.kind === 'cut-in' ? new Motion(this.#seed ^ 0x51ed270b) : undefined;
  }

  /** The picture at a time; the same object again where the same picture is shown again, byte for byte. */
  async look(ms: number): Promise<RgbImage> {
    this.#ms = ms;
    if (this.#attack === undefined) return this.#live(ms);
    const { attack, fromMs } = this.#attack;
    return this.#attacked(attack, ms - fromMs, ms);
  }

  #attacked(attack: Attack, since: number, ms: number): Promise<RgbImage> {
    switch (attack.kind) {
      case 'frozen':
        return this.#frozen(ms);
      case 'still':
        return this.#still();
      case 'loop':
        return this.#loop(attack.afterMs, since, ms);
      case 'print':
      case 'screen':
        return this.#heldUp(attack, ms);
      case 'pasted':
        return this.#pasted(ms);
      case 'cut-in':
        return since < attack.afterMs ? this.#live(ms) : this.#cut(attack, ms);
    }
  }

  async #live(ms: number): Promise<RgbImage> {
    if (this.#leaving !== undefined) {
      const { visitor, fromMs } = this.#leaving;
      const gone = smoothStep(0, GO_MS, ms - fromMs);
      if (gone < 1) return this.#take(visitor.person, this.#poseOf(visitor, ms, gone));
      this.#leaving = undefined;
    }
    const visitor = this.#visitor;
    if (visitor === undefined || ms < visitor.cameMs) return this.#studio.take(null, {}, this.#scene);
    return this.#take(visitor.person, this.#poseOf(visitor, ms, smoothStep(COME_MS, 0, ms - visitor.cameMs)));
  }

  async #take(person: Person, pose: Pose): Promise<RgbImage> {
    const seen = this.#wears === undefined ? person : dress(person, this.#wears);
    const picture = await this.#studio.draw(seen, pose, this.#scene, await this.#behind());
    this.#studio.expose(picture, this.#scene);
    return picture;
  }

  /** The second person, who moves in their own time. */
  async #behind(): Promise<RgbImage | undefined> {
    if (this.#beside === undefined) return undefined;
    const { person, motion } = this.#beside;
    const pose = motion.poseAt(this.#ms - this.#beside.cameMs);
    const offset = { x: pose.offset.x + SECOND_OF_TWO.x, y: pose.offset.y + SECOND_OF_TWO.y };
    const scale = pose.scale * SECOND_OF_TWO.scale * this.#size;
    return this.#studio.draw(person, { ...pose, offset, scale }, this.#scene);
  }

  #poseOf(visitor: Visitor, ms: number, aside: number): Pose {
    const pose = visitor.motion.poseAt(ms - visitor.cameMs);
    const x = pose.offset.x - ASIDE * aside + (this.#beside === undefined ? 0 : FIRST_OF_TWO);
    return { ...pose, offset: { x, y: pose.offset.y }, scale: pose.scale * this.#size };
  }

  async #frozen(ms: number): Promise<RgbImage> {
    const kept = this.#kept[0] ?? (await this.#live(ms));
    this.#kept = [kept];
    return kept;
  }

  /** One picture fed in instead of the camera's, with fresh noise. */
  async #still(): Promise<RgbImage> {
    const person = this.#shown();
    const kept = this.#kept[0] ?? (await this.#studio.draw(person ?? null, { yaw: 2 }, this.#recorded));
    this.#kept = [kept];
    const picture = { ...kept, rgb: Uint8Array.from(kept.rgb) };
    this.#studio.expose(picture, this.#scene);
    return picture;
  }

  async #loop(lengthMs: number, since: number, ms: number): Promise<RgbImage> {
    if (since <= lengthMs || this.#kept.length === 0) {
      const picture = await this.#live(ms);
      this.#kept.push(picture);
      return picture;
    }
    const share = (since % lengthMs) / lengthMs;
    return this.#kept[Math.floor(share * this.#kept.length)] ?? this.#live(ms);
  }

  /** A flat picture of somebody, held up by a hand that is never quite still. */
  async #heldUp(attack: Attack, ms: number): Promise<RgbImage> {
    const picture = await this.#studio.draw(null, {}, this.#scene);
    const flat = attack.kind === 'print' ? await this.#printed() : await this.#shownOnScreen(ms);
    layFlat(flat, heldBy(ms, this.#size), picture);
    this.#studio.expose(picture, this.#scene);
    return picture;
  }

  async #printed(): Promise<RgbImage> {
    this.#print ??= onPaper(cutOut(await this.#studio.draw(this.#shown() ?? null, AT_EASE, this.#recorded)));
    return this.#print;
  }

  async #shownOnScreen(ms: number): Promise<RgbImage> {
    const person = this.#shown() ?? null;
    const visitor = this.#visitor;
    const pose = visitor?.motion.poseAt(ms - visitor.cameMs) ?? AT_EASE;
    return onScreen(cutOut(await this.#studio.draw(person, pose, this.#recorded)), ms);
  }

  /** Somebody's face, always from the front, over the face of the person who moves below it. */
  async #pasted(ms: number): Promise<RgbImage> {
    const visitor = this.#visitor;
    if (visitor === undefined) return this.#live(ms);
    this.#print ??= await this.#studio.draw(this.#shown() ?? null, AT_EASE, this.#recorded);
    const pose = this.#poseOf(visitor, ms, 0);
    const picture = await this.#studio.draw(visitor.person, pose, this.#scene);
    pasteFace(this.#print, picture, Math.round(pose.offset.x), Math.round(pose.offset.y));
    this.#studio.expose(picture, this.#scene);
    return picture;
  }

  #cut(attack: Attack, ms: number): Promise<RgbImage> {
    const person = attack.of === undefined ? this.#visitor?.person : this.#find(attack.of);
    return this.#studio.take(person ?? null, this.#cutIn?.poseAt(ms) ?? AT_EASE, this.#recorded);
  }

  /** The light in which somebody was printed or filmed before: what shines here and now does not shine there. */
  get #recorded(): Scene {
    return { ...this.#scene, light: { ...this.#scene.light, flash: 0 } };
  }

  /** Whose picture an attack shows. */
  #shown(): Person | undefined {
    const of = this.#attack?.attack.of;
    return of === undefined ? this.#visitor?.person : this.#find(of);
  }
}

function heldBy(ms: number, size: number): Parameters<typeof layFlat>[1] {
  const wave = (size: number, hz: number, phase: number): number =>
    size * Math.sin((2 * Math.PI * hz * ms) / 1000 + phase);
  return {
    yaw: wave(7, 0.21, 0.4) + wave(1, 1.7, 0),
    pitch: wave(5, 0.16, 2.1),
    roll: wave(2.5, 0.27, 1.2) + wave(0.4, 2.3, 0.5),
    x: 320 + wave(9, 0.33, 0) + wave(1.5, 2.1, 1),
    y: 240 + wave(6, 0.41, 1.7) + wave(1.2, 2.6, 2),
    scale: size * (1.02 + wave(0.03, 0.19, 0.9)),
  };
}
