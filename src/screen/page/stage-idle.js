import { h, heading, icon } from './dom.js';

export function showIdle(app) {
  const words = app.words();
  const tiles = Object.entries(words.services).map(([service, { title, note }]) =>
    h(
      'button',
      {
        type: 'button',
        class: 'tile',
        data: { testid: `service-${service}` },
        on: { click: () => app.start(service) },
      },
      h('span', { class: 'badge' }, icon(service)),
      h('span', { class: 'tile-words' }, h('strong', {}, title), h('span', {}, note)),
    ),
  );
  return {
    node: h(
      'section',
      { class: 'idle' },
      heading(words.idle.title, words.idle.note),
      h('div', { class: 'tiles' }, tiles),
      h('p', { class: 'aside' }, icon('hand'), words.idle.byHand),
    ),
  };
}
