import { fill, h, heading, icon } from './dom.js';

export function showNumbers(app, view) {
  const { numbers: words } = app.words();
  const chosen = new Set();
  const rows = (view.numbers ?? []).map((number, index) => row(number, index, words));
  const dispute = h(
    'button',
    {
      type: 'button',
      class: 'warn',
      disabled: true,
      data: { testid: 'dispute' },
      on: { click: () => app.act({ type: 'dispute', refs: [...chosen] }) },
    },
    icon('flag'),
    words.dispute,
  );
  const finish = h(
    'button',
    {
      type: 'button',
      class: 'first',
      data: { testid: 'finish' },
      on: { click: () => app.act({ type: 'finish' }) },
    },
    icon('check'),
    words.finish,
  );
  for (const { ref, box } of rows) {
    box.addEventListener('change', () => {
      if (box.checked) chosen.add(ref);
      else chosen.delete(ref);
      dispute.disabled = chosen.size === 0;
    });
  }
  return {
    node: h(
      'section',
      { class: 'numbers' },
      heading(words.title, rows.length === 0 ? '' : words.note),
      rows.length === 0
        ? h('p', { class: 'none' }, words.none)
        : h(
            'ul',
            { class: 'list' },
            rows.map(({ item }) => item),
          ),
      h('div', { class: 'answers' }, rows.length === 0 ? undefined : dispute, finish),
    ),
    update({ disputed = [] }) {
      for (const { ref, box, item } of rows) {
        if (!disputed.includes(ref)) continue;
        chosen.delete(ref);
        box.disabled = true;
        box.checked = true;
        item.dataset.disputed = 'true';
      }
      dispute.disabled = chosen.size === 0;
    },
  };
}

function row({ ref, masked, kind, since }, index, words) {
  const box = h('input', { type: 'checkbox', data: { testid: `number-${index}` } });
  const item = h(
    'li',
    {},
    h(
      'label',
      {},
      box,
      h('span', { class: 'masked' }, masked),
      h('span', { class: 'kind' }, words.kinds[kind]),
      h('span', { class: 'since' }, since === undefined ? '' : fill(words.since, { date: since })),
      h('span', { class: 'tag' }, words.disputed),
    ),
  );
  return { ref, box, item };
}
