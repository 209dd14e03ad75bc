import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VisitView } from '#built/domain/visit.js';
import { createScreen } from '#built/screen/create-screen.js';
import type { Screen } from '#built/screen/port.js';
import { scriptedCounter, scriptedSimulator } from '../unit/screen/scripted-counter.js';
import { openBrowser, SHOTS } from './browser.js';

const visitId = '0190a5d0-0000-7000-8000-000000000001';
const face = { x: 220, y: 110, width: 200, height: 240, imageWidth: 640, imageHeight: 480 };
const NUMBERS = [
  { ref: 'a', masked: '138****0017', kind: 'mobile', since: '2016-03-08' },
  { ref: 'b', masked: '177****2231', kind: 'mobile', since: '2021-11-20' },
  { ref: 'c', masked: '0571-****5580', kind: 'internet' },
] as const;

/** Every stage as a person may meet it. */
const VIEWS: readonly (readonly [name: string, view: Omit<VisitView, 'language'>])[] = [
  ['idle', { stage: 'idle' }],
  ['idle-offline', { stage: 'idle', offline: true }],
  [
    'consent',
    { stage: 'consent', visitId, service: 'new-number', role: 'holder', person: { index: 1, of: 1 } },
  ],
  [
    'consent-second',
    { stage: 'consent', visitId, service: 'transfer', role: 'new-holder', person: { index: 2, of: 2 } },
  ],
  ['card', { stage: 'card', visitId, service: 'internet-access' }],
  [
    'card-reading',
    { stage: 'card', visitId, service: 'internet-access', cardHint: 'reading', progress: 0.6 },
  ],
  ['card-again', { stage: 'card', visitId, service: 'internet-access', cardHint: 'CARD_READ_FAILED' }],
  ['face', { stage: 'face', visitId, service: 'new-number', faceBox: face, progress: 0.5, guidance: [] }],
  ['face-starting', { stage: 'face', visitId, service: 'new-number' }],
  [
    'face-guidance',
    { stage: 'face', visitId, service: 'new-number', guidance: ['come-closer'], progress: 0 },
  ],
  [
    'face-challenge',
    {
      stage: 'face',
      visitId,
      service: 'new-number',
      guidance: [],
      challenge: 'turn-left',
      progress: 0.3,
      faceBox: face,
    },
  ],
  ['deciding', { stage: 'deciding', visitId, service: 'new-number' }],
  ['asking', { stage: 'asking-carrier', visitId, service: 'numbers-in-my-name' }],
  ['numbers', { stage: 'numbers', visitId, service: 'numbers-in-my-name', numbers: [...NUMBERS] }],
  [
    'numbers-disputed',
    { stage: 'numbers', visitId, service: 'numbers-in-my-name', numbers: [...NUMBERS], disputed: ['b'] },
  ],
  [
    'done-verified',
    { stage: 'done', visitId, service: 'new-number', outcome: 'verified', reasons: ['face-matches-card'] },
  ],
  [
    'done-not-verified',
    {
      stage: 'done',
      visitId,
      service: 'new-number',
      outcome: 'not-verified',
      reasons: ['face-does-not-match'],
    },
  ],
  [
    'done-inconclusive',
    {
      stage: 'done',
      visitId,
      service: 'new-number',
      outcome: 'inconclusive',
      reasons: ['photo-decoder-missing'],
    },
  ],
  [
    'done-failed',
    { stage: 'done', visitId, service: 'new-number', outcome: 'failed', reasons: ['storage-fault'] },
  ],
  ['out-of-service', { stage: 'out-of-service', faults: ['reader', 'camera'] }],
];
const SIZES = [
  { width: 800, height: 480 },
  { width: 1280, height: 800 },
];

describe('the page, stage by stage', () => {
  const counter = scriptedCounter();
  let screen: Screen;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    await mkdir(join(SHOTS, 'stages'), { recursive: true });
    const grey = { width: 640, height: 480, channels: 3 as const, background: '#8899aa' };
    counter.film(await sharp({ create: grey }).jpeg().toBuffer());
    const facts = { terminal: 'test-1', software: 'countersign test' };
    screen = await createScreen(
      { host: '127.0.0.1', port: 0 },
      { counter, facts, simulator: scriptedSimulator() },
    );
    browser = await openBrowser();
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(screen.url);
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await screen.close();
  });

  describe.each(SIZES)('at $width x $height', (size) => {
    it.each(VIEWS)('shows "%s" whole, in both languages', async (name, view) => {
      await page.setViewportSize(size);
      for (const language of ['zh', 'en'] as const) {
        counter.show({ ...view, language });
        await page.waitForSelector(`html[lang^="${language}"] body[data-stage="${view.stage}"]`);
        await page.screenshot({ path: join(SHOTS, 'stages', `${name}-${size.width}-${language}.png`) });
        const cut = await page.locator('html').evaluate((html) =>
          [...html.querySelectorAll('h1, p, button, li, label')]
            .filter((each) => each.offsetParent !== null && each.closest('[aria-live]') === null)
            .map((each) => ({ text: each.textContent, box: each.getBoundingClientRect() }))
            .filter(
              ({ box }) =>
                box.right > html.clientWidth + 1 || box.bottom > html.clientHeight + 1 || box.left < -1,
            )
            .map(({ text }) => text),
        );
        expect(cut).toEqual([]);
      }
    });
  });

  it('raised no error in the browser, and left no word untranslated', async () => {
    expect(problems).toEqual([]);
    expect(await page.locator('text=undefined').count()).toBe(0);
  });
});
