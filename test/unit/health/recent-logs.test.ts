import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createRecentLogs } from '#built/health/recent-logs.js';

describe('the recent lines of the log', () => {
  it('are the last ones that find room, oldest first', () => {
    const recent = createRecentLogs(10);
    for (const line of ['one\n', 'two\n', 'three\n', 'é四\n']) recent.write(line);
    expect(recent.lines()).toEqual(['three', 'é四']);
  });

  it('leave out a line that is longer than all may be', () => {
    const recent = createRecentLogs(10);
    recent.write('short');
    recent.write('x'.repeat(11));
    expect(recent.lines()).toEqual(['short']);
  });

  it('are what a logger writes at its level', () => {
    const recent = createRecentLogs();
    const logger = pino({ level: 'warn', base: null }, pino.multistream([{ level: 'warn', stream: recent }]));
    logger.info('not this');
    logger.warn({ code: 'A_CODE' }, 'but this');
    expect(recent.lines().map((line) => JSON.parse(line) as object)).toMatchObject([
      { code: 'A_CODE', msg: 'but this' },
    ]);
  });
});
