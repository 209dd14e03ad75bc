import { describe, expect, test } from 'vitest';
import { STAGES, type VisitView } from '#built/domain/visit.js';
import { LAMP_STEPS, patternOf } from '#built/lights/patterns.js';
import { LAMP_PATTERNS } from '#built/lights/port.js';

const view = (more: Partial<VisitView>): VisitView => ({ stage: 'idle', language: 'zh', ...more });

describe('patterns of the lamps', () => {
  test.each<[Partial<VisitView>, string]>([
    [{ stage: 'idle' }, 'ready'],
    [{ stage: 'idle', offline: true }, 'offline'],
    [{ stage: 'consent' }, 'waiting-for-person'],
    [{ stage: 'numbers' }, 'waiting-for-person'],
    [{ stage: 'card' }, 'waiting-for-person'],
    [{ stage: 'card', cardHint: 'waiting' }, 'waiting-for-person'],
    [{ stage: 'card', cardHint: 'reading' }, 'working'],
    [{ stage: 'card', cardHint: 'CARD_READ_FAILED' }, 'attention'],
    [{ stage: 'face' }, 'working'],
    [{ stage: 'deciding' }, 'working'],
    [{ stage: 'asking-carrier' }, 'working'],
    [{ stage: 'done', outcome: 'verified' }, 'verified'],
    [{ stage: 'done', outcome: 'not-verified' }, 'refused'],
    [{ stage: 'done', outcome: 'inconclusive' }, 'attention'],
    [{ stage: 'done', outcome: 'failed' }, 'attention'],
    [{ stage: 'done', outcome: 'declined' }, 'ready'],
    [{ stage: 'done', outcome: 'cancelled' }, 'ready'],
    [{ stage: 'out-of-service', faults: ['camera'] }, 'out-of-service'],
  ])('%j shows %s', (what, pattern) => {
    expect(patternOf(view(what))).toBe(pattern);
  });

  test('green blinks for a yes alone, and red means a no or no service', () => {
    for (const stage of STAGES) {
      const pattern = patternOf(view({ stage }));
      expect(pattern).not.toBe('verified');
      if (stage !== 'out-of-service')
        expect(LAMP_STEPS[pattern].flatMap(({ lit }) => lit)).not.toContain('red');
    }
  });

  test('none flashes more than three times a second', () => {
    for (const pattern of LAMP_PATTERNS) {
      const steps = LAMP_STEPS[pattern];
      const roundMs = steps.reduce((sum, { ms }) => sum + ms, 0);
      if (steps.length > 1) expect(1000 / roundMs).toBeLessThanOrEqual(3);
      else expect(roundMs).toBe(0);
    }
  });

  test('no two look the same', () => {
    const looks = LAMP_PATTERNS.map((pattern) => JSON.stringify(LAMP_STEPS[pattern]));
    expect(new Set(looks).size).toBe(LAMP_PATTERNS.length);
  });
});
