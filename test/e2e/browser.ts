import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, headless, asking nobody but us. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-sync',
    ],
  });
}

/** Build output: what people see, to be looked at. */
export const SHOTS = new URL('../../test-output/screenshots/', import.meta.url).pathname;
