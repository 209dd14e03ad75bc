import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig, parseConfig } from '#built/config/load.js';
import { redact } from '#built/config/redact.js';
import { isCountersignError } from '#built/domain/errors.js';

const ROOT = new URL('../../..', import.meta.url).pathname;

describe('the configuration', () => {
  it('is whole when the file is empty', () => {
    const config = parseConfig('');
    expect(config.reader).toEqual({ driver: 'sam-v', baudRate: 'auto', pollMs: 300 });
    expect(config.screen.host).toBe('127.0.0.1');
    expect(config.camera.driver).toBe('stream');
  });

  it('names the nearest known key for a misspelt one, with its line', () => {
    expect(() => parseConfig('log:\n  level: info\nreader:\n  baudrate: auto\n')).toThrowError(
      expect.objectContaining({
        code: 'CONFIG_UNKNOWN_KEY',
        message: expect.stringMatching(/baudRate/),
      }),
    );
  });

  it('refuses a page that others could reach', () => {
    expect(() => parseConfig('screen: { host: 0.0.0.0 }')).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('takes overrides, the later one wins', () => {
    expect(parseConfig('', { set: ['uplink.window=5', 'uplink.window=7', 'log.level=debug'] })).toMatchObject(
      {
        uplink: { window: 7 },
        log: { level: 'debug' },
      },
    );
  });

  it('does not let an override reach the prototype', () => {
    expect(() => parseConfig('', { set: ['__proto__.polluted=1'] })).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('complains about a named file that is missing, and about one that is too large', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'config-'));
    await expect(loadConfig({ file: join(directory, 'no.yaml') })).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
    });
    const large = join(directory, 'large.yaml');
    await writeFile(large, `# ${'x'.repeat(70_000)}\n`);
    await expect(loadConfig({ file: large })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('ends in a typed error or a configuration for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 400 }), fc.json().map(String)), (text) => {
        try {
          parseConfig(text);
        } catch (error) {
          expect(isCountersignError(error)).toBe(true);
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('is shown without credentials', () => {
    expect(redact({ broker: 'mqtts://name:word@host', token: 'abc', list: ['wss://a:b@c'] })).toEqual({
      broker: 'mqtts://***@host',
      token: '***',
      list: ['wss://***@c'],
    });
  });

  it('has its JSON Schema written down for editors, and every section in docs/configuration.md', async () => {
    await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/write-config-schema.mjs'), '--check']);
    const text = await readFile(join(ROOT, 'docs/configuration.md'), 'utf8');
    const config = parseConfig('');
    const keys = Object.entries(config).flatMap(([section, value]) =>
      typeof value === 'object' && Object.keys(value).length > 0
        ? Object.keys(value).map((key) => `${section}.${key}`)
        : [section],
    );
    expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });
});
