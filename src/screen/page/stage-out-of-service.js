import { h, heading, icon } from './dom.js';

export function showOutOfService(app) {
  const { outOfService } = app.words();
  const list = h('ul', { class: 'reasons' });
  return {
    node: h(
      'section',
      { class: 'done out', role: 'status' },
      h('span', { class: 'seal' }, icon('wrench')),
      heading(outOfService.title, outOfService.note),
      list,
    ),
    update({ faults = [] }) {
      list.replaceChildren(
        ...faults.map((fault) =>
          h(
            'li',
            { data: { fault } },
            outOfService.faults[fault] ?? `${outOfService.faults.other} (${fault})`,
          ),
        ),
      );
    },
  };
}
