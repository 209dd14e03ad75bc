import { describe, expect, it } from 'vitest';
import { parseConfig } from '#built/config/load.js';
import { parseSiteConfig } from '#built/config/site.js';

describe('the configuration in a site bundle', () => {
  it('holds where the terminal says nothing: file before bundle, --set before both', () => {
    const site = parseSiteConfig({ uplink: { window: 50, backlogPerSecond: 9 }, log: { level: 'warn' } });
    const config = parseConfig('uplink: { backlogPerSecond: 3 }', { site, set: ['log.level=debug'] });
    expect(config.uplink).toMatchObject({ window: 50, backlogPerSecond: 3, keepAliveSeconds: 30 });
    expect(config.log.level).toBe('debug');
    expect(config.screen).toEqual(parseConfig('').screen);
  });

  it.each([
    [{ camera: { driver: 'stream', command: ['/bin/sh'] } }, 'camera'],
    [{ photoDecoder: { driver: 'command', command: ['/bin/sh'] } }, 'photoDecoder'],
    [{ stateDirectory: '/tmp' }, 'stateDirectory'],
    [{ uplink: { windw: 3 } }, 'uplink.windw'],
    [JSON.parse('{"__proto__":{"uplink":{}}}') as Record<string, unknown>, '__proto__'],
  ])('is refused where it reaches for what is not the carrier’s: %j', (value, key) => {
    expect(() => parseSiteConfig(value)).toThrowError(
      expect.objectContaining({ code: 'CONFIG_UNKNOWN_KEY', details: expect.objectContaining({ key }) }),
    );
  });

  it('is refused with a value that cannot be used, whatever the terminal’s own file says', () => {
    expect(() => parseSiteConfig({ uplink: { window: 1000 } })).toThrowError(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        details: expect.objectContaining({ file: 'site bundle', key: 'uplink.window' }),
      }),
    );
  });
});
