import { z } from 'zod';

const path = z.string().min(1).max(400);
const command = z.array(z.string().min(1).max(1000)).min(1).max(60);
const lamp = z.union([z.int().min(0).max(1000), z.string().min(1).max(60)]);

const readerSchema = z
  .strictObject({
    driver: z.literal('sam-v').default('sam-v'),
    path: path.optional().describe('Serial device, e.g. /dev/countersign-reader; wins over `match`'),
    match: z
      .strictObject({
        vendorId: z.string().regex(/^[0-9a-fA-F]{4}$/),
        productId: z.string().regex(/^[0-9a-fA-F]{4}$/),
        serialNumber: z.string().max(100).optional(),
      })
      .optional()
      .describe('USB id of the reader, found again under whatever name it returns'),
    baudRate: z.union([z.literal('auto'), z.literal([9600, 19200, 38400, 57600, 115200])]).default('auto'),
    pollMs: z.int().min(300).max(5000).default(300).describe('Time between two looks for a card'),
    rfBytes: z
      .int()
      .min(24)
      .max(255)
      .optional()
      .describe('Longest radio frame between module and card; only for modules whose maker asks for it'),
  })
  .prefault({});

const photoDecoderSchema = z
  .discriminatedUnion('driver', [
    z.strictObject({ driver: z.literal('none') }),
    z.strictObject({
      driver: z.literal('command'),
      command: command.describe("The reader vendor's decoder: WLT on stdin, BMP or JPEG on stdout"),
      timeoutMs: z.int().min(100).max(10_000).default(2000),
    }),
    z.strictObject({ driver: z.literal('image') }),
  ])
  .default({ driver: 'none' });

const cameraSchema = z
  .discriminatedUnion('driver', [
    z.strictObject({
      driver: z.literal('stream'),
      command: command.describe('Writes MJPEG to stdout, e.g. rpicam-vid or ffmpeg'),
      device: path
        .optional()
        .describe('Device that the command opens: its absence tells that the camera was unplugged'),
      startTimeoutMs: z.int().min(500).max(60_000).default(8000),
      frameTimeoutMs: z.int().min(200).max(30_000).default(2000),
      maxFrameBytes: z.int().min(50_000).max(4_000_000).default(2_000_000),
    }),
    z.strictObject({
      driver: z.literal('webcam'),
      device: path.default('/dev/video0'),
      width: z.int().min(160).max(1920).default(640),
      height: z.int().min(120).max(1080).default(480),
    }),
  ])
  .default({
    driver: 'stream',
    command: [
      'rpicam-vid',
      '-t',
      '0',
      '-n',
      '--codec',
      'mjpeg',
      '--width',
      '640',
      '--height',
      '480',
      '-o',
      '-',
    ],
    startTimeoutMs: 8000,
    frameTimeoutMs: 2000,
    maxFrameBytes: 2_000_000,
  });

const lightsSchema = z
  .discriminatedUnion('driver', [
    z.strictObject({ driver: z.literal('none') }),
    z.strictObject({
      driver: z.enum(['gpio', 'leds']),
      lamps: z
        .strictObject({
          green: lamp.optional(),
          amber: lamp.optional(),
          red: lamp.optional(),
          face: lamp
            .optional()
            .describe(
              'A light beside the camera, switched in a random pattern while a person is looked at; none where absent',
            ),
        })
        .describe('gpio: line offsets of the chip; leds: names below /sys/class/leds'),
      chip: z.string().max(60).optional().describe('gpio: label of the chip, else the board is recognised'),
      activeLow: z.boolean().default(false),
    }),
  ])
  .default({ driver: 'none' });

export const configSchema = z.strictObject({
  stateDirectory: path.default('/var/lib/countersign'),
  runtimeDirectory: path.default('/run/countersign'),
  reader: readerSchema,
  photoDecoder: photoDecoderSchema,
  camera: cameraSchema,
  face: z
    .strictObject({
      engine: z.enum(['auto', 'onnx', 'tfjs']).default('auto'),
      models: path.optional().describe('Directory with the built networks; else the one of the package'),
      packSigners: path
        .optional()
        .describe(
          'JWK Set of the Ed25519 keys that may sign model packs; with it, packs they did not sign are refused',
        ),
    })
    .prefault({}),
  lights: lightsSchema,
  outbox: z
    .strictObject({
      store: z.enum(['auto', 'sqlite3', 'node-sqlite']).default('auto'),
      quotaMb: z.int().min(8).max(4096).default(512),
      reserveKb: z.int().min(64).max(65_536).default(1024),
      keepDays: z
        .int()
        .min(1)
        .max(3650)
        .default(400)
        .describe('Days that a confirmed number stays in the chain'),
    })
    .prefault({}),
  uplink: z
    .strictObject({
      protocol: z.enum(['auto', '5', '3.1.1']).default('auto'),
      keepAliveSeconds: z.int().min(5).max(600).default(30),
      window: z
        .int()
        .min(1)
        .max(100)
        .default(20)
        .describe('Reports sent and not yet confirmed; two more when live'),
      backlogPerSecond: z.number().min(0.1).max(1000).default(2),
      reconnectFirstMs: z.int().min(100).max(60_000).default(2000),
      reconnectMostMs: z.int().min(1000).max(600_000).default(300_000),
    })
    .prefault({}),
  screen: z
    .strictObject({
      host: z.enum(['127.0.0.1', '::1', 'localhost']).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8080),
    })
    .prefault({}),
  policy: z
    .record(z.string().max(60), z.unknown())
    .default({})
    .describe('Overrides of the policy; the visit validates them and refuses what weakens it'),
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
