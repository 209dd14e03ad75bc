import { h, heading, svg } from './dom.js';

export function showCard(app) {
  const { card } = app.words();
  const says = h('p', { class: 'says', role: 'status' });
  const bar = h('progress', { max: '1', value: '0', hidden: true });
  return {
    node: h(
      'section',
      { class: 'card' },
      drawing(),
      h('div', { class: 'beside' }, heading(card.title, card.note), says, bar),
    ),
    update({ cardHint = 'waiting', progress }) {
      // Codes of faults are in capitals; the reader's plain events are not.
      const again = /^[A-Z]+_/.test(cardHint);
      const reading = !again && (cardHint !== 'waiting' || progress !== undefined);
      document.body.dataset.hint = again ? 'again' : reading ? 'reading' : 'none';
      const text = again ? (card.hints[cardHint] ?? card.hints.again) : reading ? card.reading : '';
      if (says.textContent !== text) says.textContent = text;
      says.dataset.kind = reading ? 'good' : 'hint';
      bar.hidden = !reading;
      bar.value = progress ?? 0;
    },
    close: () => {
      delete document.body.dataset.hint;
    },
  };
}

/** A card that comes down onto the reader's field; still where the person asked for less motion. */
function drawing() {
  return svg(
    'svg',
    { class: 'drawing', viewBox: '0 0 320 260', 'aria-hidden': 'true' },
    svg('ellipse', { cx: 160, cy: 228, rx: 128, ry: 18, class: 'shadow' }),
    svg('path', { d: 'M52 168h216l30 44a10 10 0 0 1-8 16H30a10 10 0 0 1-8-16z', class: 'device' }),
    svg('path', { d: 'M76 178h168l20 32H56z', class: 'field' }),
    svg('g', { class: 'waves' }, wave(22), wave(38), wave(54)),
    svg(
      'g',
      { class: 'id-card' },
      svg('rect', { x: 80, y: 46, width: 160, height: 100, rx: 12, class: 'id-body' }),
      svg('rect', { x: 94, y: 62, width: 42, height: 54, rx: 5, class: 'id-photo' }),
      svg('circle', { cx: 115, cy: 82, r: 9, class: 'id-face' }),
      svg('path', { d: 'M98 113c1-12 8-17 17-17s16 5 17 17z', class: 'id-face' }),
      line(152, 70, 70),
      line(152, 86, 56),
      line(152, 102, 64),
      line(94, 130, 128),
    ),
  );
}

function wave(radius) {
  return svg('path', {
    d: `M${160 - radius} 168a${radius} ${radius * 0.62} 0 0 1 ${radius * 2} 0`,
    class: 'wave',
  });
}

function line(x, y, width) {
  return svg('rect', { x, y, width, height: 7, rx: 3.5, class: 'id-line' });
}
