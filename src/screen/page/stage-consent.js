import { fill, h, heading, icon } from './dom.js';

export function showConsent(app, view) {
  const words = app.words();
  const { consent } = words;
  const service = view.service === undefined ? '' : words.services[view.service].title;
  const points = consent.points.map((point) =>
    h('li', {}, icon(point.icon), h('div', {}, h('h2', {}, point.title), h('p', {}, point.note))),
  );
  // Both answers are of one size: neither is made easier than the other.
  const answer = (given, testid, text, kind) =>
    h(
      'button',
      {
        type: 'button',
        class: kind,
        data: { testid },
        on: { click: () => app.act({ type: 'consent', given }) },
      },
      icon(given ? 'check' : 'cross'),
      text,
    );
  return {
    node: h(
      'section',
      { class: 'consent' },
      heading(consent.title, fill(consent.note, { service })),
      h('ul', { class: 'points' }, points),
      h(
        'div',
        { class: 'answers' },
        answer(false, 'consent-no', consent.no, 'second'),
        answer(true, 'consent-yes', consent.yes, 'first'),
      ),
    ),
  };
}
