import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, SHOTS } from './browser.js';
import { type DemoProcess, startDemo } from './demo-process.js';

describe('a visit on the page, in a browser', () => {
  let demo: DemoProcess;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  const shoot = (name: string) => page.screenshot({ path: join(SHOTS, `${name}.png`) });
  const stage = (name: string) => page.waitForSelector(`body[data-stage="${name}"]`, { timeout: 60_000 });
  const idle = () => stage('idle');
  const choose = async (person: string, card: string) => {
    await page.getByTestId('sim-person').selectOption(person);
    await page.getByTestId('sim-card').selectOption(card);
  };
  const people = () =>
    page
      .getByTestId('sim-person')
      .locator('option')
      .evaluateAll((options) =>
        options.map((each) => each.getAttribute('value') ?? '').filter((id) => id !== ''),
      );

  beforeAll(async () => {
    await mkdir(SHOTS, { recursive: true });
    demo = await startDemo();
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(demo.url);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    demo.child.kill('SIGKILL');
  });

  it('goes from the choice of a service to "verified" for a person with their own card', async () => {
    await idle();
    const [first = ''] = await people();
    await shoot('1-idle');
    await page.getByTestId('service-new-number').click();
    await stage('consent');
    await shoot('2-consent');
    await page.getByTestId('consent-yes').click();
    await stage('card');
    await shoot('3-card');
    await choose(first, first);
    await stage('face');
    await page.waitForSelector('canvas[data-drawn]');
    await shoot('4-face');
    await stage('done');
    await shoot('5-verified');
    expect(await page.getByTestId('outcome').getAttribute('data-outcome')).toBe('verified');
    await page.getByTestId('finish').click();
    await idle();
  }, 120_000);

  it("says no to a person with another's card, and offers the way by hand", async () => {
    const [first = '', second = ''] = await people();
    await choose('', '');
    await page.getByTestId('service-internet-access').click();
    await page.getByTestId('consent-yes').click();
    await stage('card');
    await choose(first, second);
    await stage('done');
    await shoot('6-not-verified');
    expect(await page.getByTestId('outcome').getAttribute('data-outcome')).toBe('not-verified');
    await page.getByTestId('finish').click();
    await idle();
  }, 120_000);

  it('fits a small screen in both languages', async () => {
    await page.setViewportSize({ width: 800, height: 480 });
    for (const language of ['zh', 'en']) {
      await page.getByTestId(`language-${language}`).click();
      await page.waitForSelector(`html[lang^="${language}"]`);
      await shoot(`7-small-${language}`);
      const overflow = await page.locator('html').evaluate((html) => ({
        x: html.scrollWidth - html.clientWidth,
        y: html.scrollHeight - html.clientHeight,
      }));
      expect(overflow.x).toBeLessThanOrEqual(0);
      expect(overflow.y).toBeLessThanOrEqual(0);
    }
  }, 60_000);

  it('raised no error in the browser', () => {
    expect(problems).toEqual([]);
  });

  it('stops cleanly on Ctrl-C', async () => {
    const { code, signal } = await demo.stop();
    expect({ code, signal }).toEqual({ code: 0, signal: null });
  }, 30_000);
});
