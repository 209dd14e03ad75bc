import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faults } from '#built/domain/errors.js';
import { createScreen } from '#built/screen/create-screen.js';
import type { Screen } from '#built/screen/port.js';
import { type ScriptedCounter, scriptedCounter, scriptedSimulator } from '../unit/screen/scripted-counter.js';

const visitFault = faults('VISIT', { BUSY: { says: 'busy', advice: 'Wait.', cure: 'operator' } });
const FACTS = { terminal: 'test-1', software: 'countersign test' };

describe('the page’s server', () => {
  let counter: ScriptedCounter;
  let simulator: ReturnType<typeof scriptedSimulator>;
  let screen: Screen;

  beforeEach(async () => {
    counter = scriptedCounter();
    simulator = scriptedSimulator();
    screen = await createScreen({ host: '127.0.0.1', port: 0 }, { counter, facts: FACTS, simulator });
  });
  afterEach(() => screen.close());

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(new URL(path, screen.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  /** With any headers, which fetch would not allow. */
  const raw = (path: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(screen.url);
      request({ hostname, port, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  /** What the event stream tells: `count` views; `afterFirst` runs once the first has arrived. */
  const frames = async (count: number, afterFirst: () => void): Promise<string[]> => {
    const response = await fetch(new URL('/events', screen.url));
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const told = (): number => text.split('data: ').length - 1;
    while (told() < count) {
      const before = told();
      text += (await reader?.read())?.value ?? '';
      if (before === 0 && told() > 0) afterFirst();
    }
    await reader?.cancel();
    return text.split('data: ').slice(1);
  };

  it('serves the page with headers that allow nothing from elsewhere', async () => {
    const response = await fetch(screen.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toContain('main.js');
  });

  it('refuses a request for another host, from another origin, or from another site', async () => {
    const { host } = new URL(screen.url);
    expect(await raw('/', { host: 'terminal.example' })).toBe(403);
    expect(await raw('/', { host, origin: 'http://evil.example' })).toBe(403);
    expect(await raw('/events', { host, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await raw('/', { host, origin: screen.url })).toBe(200);
  });

  it('tells the view at once and every change after it', async () => {
    const [first = '', second = ''] = await frames(2, () =>
      counter.show({ stage: 'consent', language: 'en' }),
    );
    expect(JSON.parse(first)).toMatchObject({ stage: 'idle' });
    expect(JSON.parse(second)).toMatchObject({ stage: 'consent', language: 'en' });
  });

  it('begins a visit, passes actions on, and answers 409 while another is under way', async () => {
    expect((await post('/api/visit', { service: 'new-number', language: 'en' })).status).toBe(201);
    expect(await (await post('/api/act', { type: 'consent', given: true })).json()).toEqual({
      accepted: false,
    });
    expect(counter.asked).toEqual([
      { service: 'new-number', language: 'en' },
      { type: 'consent', given: true },
    ]);
    counter.failStart(visitFault('BUSY'));
    const busy = await post('/api/visit', { service: 'new-number' });
    expect([busy.status, await busy.json()]).toEqual([409, { code: 'VISIT_BUSY' }]);
  });

  it.each([
    ['an unknown service', '/api/visit', { service: 'everything' }],
    ['an unknown key', '/api/visit', { service: 'new-number', outcome: 'verified' }],
    ['an unknown action', '/api/act', { type: 'verify' }],
    ['a dispute of nothing', '/api/act', { type: 'dispute', refs: [] }],
    ['no JSON', '/api/act', '{"type":'],
    ['a prototype', '/api/act', '{"__proto__":{"type":"finish"}}'],
    ['an order for an unknown card', '/api/simulator/order', { card: 'no-such-card' }],
    ['an unknown person', '/api/simulator', { person: 'nobody-of-this-name' }],
  ])('refuses %s with 400', async (_what, path, body) => {
    const response = await post(path, body);
    expect(response.status).toBe(400);
    expect(counter.asked).toEqual([]);
    expect(simulator.chosen).toEqual([]);
  });

  it('refuses a body that is too large, and a form', async () => {
    expect((await post('/api/act', { type: 'dispute', refs: ['x'.repeat(70_000)] })).status).toBe(413);
    const form = await post('/api/act', 'type=finish', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(form.status).toBe(415);
  });

  it('has a picture only while the counter has one', async () => {
    expect((await fetch(new URL('/preview', screen.url))).status).toBe(204);
    counter.film(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9));
    const picture = await fetch(new URL('/preview', screen.url));
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
    expect(new Uint8Array(await picture.arrayBuffer())).toEqual(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9));
  });

  it('moves people and cards in the demo, and has no such address elsewhere', async () => {
    await post('/api/simulator', { person: 'p1', card: null });
    await post('/api/simulator/order', { card: 'p1' });
    expect(simulator.chosen).toEqual([{ person: 'p1', card: null }, { order: 'p1' }]);
    const plain = await createScreen({ host: '127.0.0.1', port: 0 }, { counter, facts: FACTS });
    expect((await fetch(new URL('/api/simulator', plain.url))).status).toBe(404);
    await plain.close();
  });

  it('turns away the viewer beyond the twelfth, and closes with viewers watching', async () => {
    const watching = await Promise.all(
      Array.from({ length: 12 }, () => fetch(new URL('/events', screen.url))),
    );
    expect(watching.every(({ status }) => status === 200)).toBe(true);
    expect((await fetch(new URL('/events', screen.url))).status).toBe(503);
    await screen.close();
    expect(counter.watchers()).toBe(0);
  });

  it('says which address is taken', async () => {
    const { port } = new URL(screen.url);
    const second = createScreen({ host: '127.0.0.1', port: Number(port) }, { counter, facts: FACTS });
    await expect(second).rejects.toMatchObject({ code: 'SCREEN_ADDRESS_IN_USE' });
  });
});
