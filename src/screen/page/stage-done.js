import { h, heading, icon } from './dom.js';

const ICONS = {
  verified: 'check',
  'not-verified': 'cross',
  inconclusive: 'question',
  declined: 'hand',
  cancelled: 'hand',
  failed: 'wrench',
};

export function showDone(app, view) {
  const { done } = app.words();
  const { outcome = 'failed', reasons = [] } = view;
  const { title, note } = done.outcomes[outcome];
  return {
    node: h(
      'section',
      { class: 'done', role: 'status', data: { testid: 'outcome', outcome } },
      h('span', { class: 'seal' }, icon(ICONS[outcome])),
      heading(title, note),
      h(
        'ul',
        { class: 'reasons' },
        reasons.map((reason) => h('li', { data: { reason } }, done.reasons[reason] ?? reason)),
      ),
      // A person who was not confirmed is never left without a way on.
      outcome === 'verified' ? undefined : byHand(done),
      h(
        'div',
        { class: 'answers' },
        h(
          'button',
          {
            type: 'button',
            class: 'first',
            data: { testid: 'finish' },
            on: { click: () => app.act({ type: 'finish' }) },
          },
          done.finish,
        ),
      ),
      h('p', { class: 'closes' }, done.closes),
    ),
  };
}

function byHand(done) {
  return h(
    'div',
    { class: 'by-hand', data: { testid: 'by-hand' } },
    icon('hand'),
    h('div', {}, h('h2', {}, done.byHandTitle), h('p', {}, done.byHand)),
  );
}
