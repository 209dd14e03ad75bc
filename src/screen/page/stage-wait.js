import { h, heading } from './dom.js';

export function showWait(app, view) {
  const words = app.words();
  const { title, note } = view.stage === 'deciding' ? words.deciding : words.askingCarrier;
  return {
    node: h(
      'section',
      { class: 'wait', role: 'status' },
      h('div', { class: 'spinner' }),
      heading(title, note),
    ),
  };
}
