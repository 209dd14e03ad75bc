import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  encodeCommand,
  parseAnswer,
  printSamId,
  rfSizeCommand,
  splitRead,
} from '#built/card/command.js';
import { FrameParser } from '#built/card/frame.js';
import { parseTextBlock } from '#built/card/text-block.js';
import type { SimulatedCard } from '#built/simulator/reader/card-file.js';
import { type ModuleOptions, SimulatedModule } from '#built/simulator/reader/simulated-module.js';
import { emptyPhoto, hex, RESIDENT } from '../card/specimens.js';

const CARD: SimulatedCard = { fields: RESIDENT, photo: emptyPhoto(), notGenuine: false, addresses: [] };

function make(options?: ModuleOptions) {
  const module = new SimulatedModule(options);
  const send = (frame: Uint8Array) => {
    const [body] = module.receive(frame).flatMap(({ answer }) => new FrameParser().push(answer().answer));
    if (body === undefined) throw new Error('no answer');
    return parseAnswer(body);
  };
  return { module, ask: (name: keyof typeof COMMANDS) => send(encodeCommand(COMMANDS[name])), send };
}

describe('the simulated module', () => {
  test('answers status, reset, id and RF size without a card', () => {
    const { ask, send } = make();
    expect(ask('status').sw3).toBe(0x90);
    expect(ask('reset').sw3).toBe(0x90);
    expect(printSamId(ask('id').data)).toBe('05.01-20260101-0000000001-0000000001');
    expect(send(encodeCommand(rfSizeCommand(80))).sw3).toBe(0x90);
  });

  test('find, select, read: once per placement', () => {
    const { module, ask } = make();
    expect(ask('find').sw3).toBe(0x80);
    expect(ask('select').sw3).toBe(0x81);
    expect(ask('read').sw3).toBe(0x41);
    module.place(CARD);
    expect(ask('find').sw3).toBe(0x9f);
    expect(ask('select').sw3).toBe(0x90);
    const parts = splitRead(ask('read').data);
    expect(parts === undefined ? undefined : parseTextBlock(parts.text)).toEqual({
      ok: true,
      fields: RESIDENT,
    });
    expect(ask('find').sw3).toBe(0x80);
    module.lift();
    module.place(CARD);
    expect(ask('find').sw3).toBe(0x9f);
  });

  test('one that finds a card again does so', () => {
    const { module, ask } = make({ refindsCard: true });
    module.place(CARD);
    ask('find');
    ask('select');
    ask('read');
    expect(ask('find').sw3).toBe(0x9f);
  });

  test('a card that is not genuine is refused at the read', () => {
    const { module, ask } = make();
    module.place({ ...CARD, notGenuine: true });
    ask('find');
    ask('select');
    expect(ask('read')).toMatchObject({ sw3: 0x32, data: new Uint8Array(0) });
  });

  test('additional addresses: none is 91, some are 70 bytes each', () => {
    const { module, ask } = make();
    module.place(CARD);
    expect(ask('addresses').sw3).toBe(0x41);
    ask('find');
    ask('select');
    expect(ask('addresses').sw3).toBe(0x91);
    module.place({ ...CARD, addresses: ['测试路1号', '测试路2号'] });
    ask('find');
    ask('select');
    expect(ask('addresses').data).toHaveLength(140);
  });

  test('what it does not know it refuses; fingerprints are among that', () => {
    const { send } = make();
    expect(send(hex('AA AA AA 96 69 00 03 30 10 23')).sw3).toBe(0x21);
    expect(send(hex('AA AA AA 96 69 00 03 A0 03 A0')).sw3).toBe(0x21);
  });
});
