import type { Camera } from '#built/camera/port.js';
import type { CardReader, PhotoDecoder } from '#built/card/port.js';
import type { Clock } from '#built/clock/port.js';
import type { ReportDraft } from '#built/contract/report.js';
import type { CardFields } from '#built/domain/card.js';
import type { VisitView } from '#built/domain/visit.js';
import type { FaceComparer } from '#built/face/port.js';
import type { FaceLight } from '#built/lights/port.js';
import type { Outbox } from '#built/outbox/port.js';
import { createCounter, type TerminalCounter } from '#built/visit/create-counter.js';
import { parsePolicy } from '#built/visit/policy.js';

/** Specimen of the published example, valid in 2026. */
export const FIELDS: CardFields = {
  kind: 'resident-id',
  name: '证件样本',
  sex: 'male',
  birthDate: '1981-11-08',
  number: '11010119811108001X',
  issuer: '样本公安局',
  validFrom: '2016-01-01',
  validUntil: '2036-01-01',
};

/** What the fakes are made to do, and what they saw. */
export interface World {
  fields: CardFields;
  readerFault?: Error;
  decoderFault?: Error;
  cameraFault?: Error;
  appendFault?: Error;
  score: number;
  live: boolean;
  suspicions: string[];
  faces: number;
  /** Frames come slowly enough that a test can act in between. */
  frameMs: number;
  /** Milliseconds of video that each frame adds to what the attack detection has to go by. */
  watchedMsEach: number;
  /** A light is wired beside the camera: what it is switched to, whether it obeys, and whether the face follows it. */
  light?: { readonly set: boolean[]; readonly obeys: boolean; readonly follows: boolean };
  numbers: { ref: string; masked: string; kind: 'mobile' | 'internet' }[];
  askFault?: Error;
  online: boolean;
  room: boolean;
  today: string;
  drafts: ReportDraft[];
  views: VisitView[];
  photos: Uint8Array[];
  pictures: Uint8Array[];
  openSessions: number;
  openCameras: number;
  logs: string[];
}

export function makeWorld(changes: Partial<World> = {}): World {
  return {
    fields: FIELDS,
    score: 0.9,
    live: true,
    suspicions: [],
    faces: 1,
    frameMs: 1,
    watchedMsEach: 1000,
    numbers: [{ ref: 'n1', masked: '138****0017', kind: 'mobile' }],
    online: true,
    room: true,
    today: '2026-11-23',
    drafts: [],
    views: [],
    photos: [],
    pictures: [],
    openSessions: 0,
    openCameras: 0,
    logs: [],
    ...changes,
  };
}

function testClock(world: World): Clock {
  return {
    now: () => ({
      at: `${world.today}T08:00:00.000Z`,
      confidence: 'synchronised',
      elapsedMs: performance.now(),
    }),
    elapsed: () => performance.now(),
    today: () => world.today,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason);
        });
      }),
  };
}

function testReader(world: World): CardReader {
  return {
    async read(signal) {
      signal.throwIfAborted();
      if (world.readerFault !== undefined) throw world.readerFault;
      const bytes = new Uint8Array(1024).fill(7);
      world.photos.push(bytes);
      return { fields: world.fields, photo: { kind: 'wlt', bytes }, samId: '0501' };
    },
    check: async () => ({ name: 'reader', ok: true, detail: '' }),
    close: async () => {},
  };
}

function testDecoder(world: World): PhotoDecoder {
  return {
    async decode() {
      if (world.decoderFault !== undefined) throw world.decoderFault;
      const rgb = new Uint8Array(102 * 126 * 3).fill(9);
      world.pictures.push(rgb);
      return { width: 102, height: 126, rgb };
    },
    check: async () => ({ name: 'decoder', ok: true, detail: '' }),
  };
}

function testCamera(world: World, clock: Clock): Camera {
  return {
    async *frames(signal) {
      world.openCameras++;
      try {
        for (let index = 0; ; index++) {
          await clock.sleep(world.frameMs, signal);
          if (world.cameraFault !== undefined) throw world.cameraFault;
          yield { jpeg: new Uint8Array([0xff, 0xd8, index & 0xff]), index, takenAtMs: clock.elapsed() };
        }
      } finally {
        world.openCameras--;
      }
    },
    check: async () => ({ name: 'camera', ok: true, detail: '' }),
    close: async () => {},
  };
}

function testFace(world: World): FaceComparer {
  return {
    model: 'test@1',
    async begin({ targetFmr, challenges, light }) {
      world.openSessions++;
      let usable = 0;
      let open = true;
      return {
        reference: async () => ({ faces: 1, guidance: [] }),
        async probe() {
          if (world.faces === 1) usable++;
          return {
            faces: world.faces,
            guidance:
              world.faces === 1
                ? []
                : world.faces === 0
                  ? ['no-face' as const]
                  : ['one-person-only' as const],
            imageWidth: 640,
            imageHeight: 480,
            usable,
            watchedMs: usable * world.watchedMsEach,
            challengesPassed: challenges.length,
          };
        },
        compare: async () => ({
          score: world.score,
          threshold: 0.5,
          targetFmr,
          model: 'test@1',
          frames: usable,
          quality: 0.8,
        }),
        liveness: async () => ({
          passive: null,
          challenges: challenges.map((challenge) => ({ challenge, passed: true })),
          suspicions: world.suspicions,
          ...(light === undefined
            ? {}
            : { reflection: world.light?.follows === true ? ('reflected' as const) : ('not-seen' as const) }),
          live: world.live,
        }),
        async end() {
          if (open) world.openSessions--;
          open = false;
        },
      };
    },
    check: async () => ({ name: 'face', ok: true, detail: '' }),
    close: async () => {},
  };
}

function testLight({ light }: World): FaceLight | undefined {
  return (
    light && {
      async set(lit) {
        light.set.push(lit);
        return light.obeys;
      },
    }
  );
}

/** A counter on fakes of every port: what is tested is the visit. */
export function makeCounter(world: World, policy: Record<string, unknown> = {}): TerminalCounter {
  const clock = testClock(world);
  const outbox = {
    async append(draft: ReportDraft) {
      if (world.appendFault !== undefined) throw world.appendFault;
      world.drafts.push(draft);
      return { seq: world.drafts.length, hash: '' };
    },
    hasRoom: async () => world.room,
  } as unknown as Outbox;
  const counter = createCounter(
    { policy: parsePolicy({ doneSeconds: 2, ...policy }), software: 'countersign test', boot: 1 },
    {
      reader: testReader(world),
      decoder: testDecoder(world),
      camera: testCamera(world, clock),
      face: testFace(world),
      faceLight: testLight(world),
      outbox,
      envelope: { seal: async () => 'a.b.c.d.e', verify: async () => ({}) },
      clock,
      isOnline: () => world.online,
      askNumbers: async () => {
        if (world.askFault !== undefined) throw world.askFault;
        return { query: '0192f000-0000-7000-8000-000000000001', numbers: world.numbers };
      },
    },
  );
  counter.watch((view) => world.views.push(view));
  return counter;
}

/** Resolves with the first view, present or later, that fits. */
export function until(counter: TerminalCounter, wanted: (view: VisitView) => boolean): Promise<VisitView> {
  return new Promise((resolve) => {
    if (wanted(counter.view())) return resolve(counter.view());
    const stop = counter.watch((view) => {
      if (!wanted(view)) return;
      stop();
      resolve(view);
    });
  });
}
