import { h } from './dom.js';
import { server } from './server.js';

/** In the demo only: who stands before the camera, what lies on the reader, what the carrier orders. */
export function openSimulator(aside) {
  const title = h('strong', {});
  const refresh = () => server.simulator().then(show, () => {});
  const after = (doing) => doing.then(refresh, refresh);
  const place = (kind) => (id) => after(server.choose({ [kind]: id }));
  const person = chooser('sim-person', place('person'));
  const card = chooser('sim-card', place('card'));
  // An order is an event and no state: the choice goes back to nothing by itself.
  const order = chooser('sim-order', (id) => (id === null ? undefined : after(server.order(id))));
  aside.replaceChildren(title, person.label, card.label, order.label);
  aside.hidden = false;

  const show = ({ people, cards, state }) => {
    person.show(people, state.person);
    card.show(cards, state.card);
    order.show(cards, '');
  };
  return {
    refresh,
    label(words) {
      title.textContent = words.title;
      person.name(words.person, words.nobody);
      card.name(words.card, words.noCard);
      order.name(words.order, '–');
    },
  };
}

function chooser(testid, choose) {
  const text = h('span', {});
  const none = h('option', { value: '' });
  const select = h('select', { data: { testid } }, none);
  select.addEventListener('change', () => {
    choose(select.value === '' ? null : select.value);
    select.blur();
  });
  let listed = '';
  return {
    label: h('label', {}, text, select),
    name(label, nothing) {
      text.textContent = label;
      none.textContent = nothing;
    },
    show(entries, chosen) {
      const list = JSON.stringify(entries);
      if (list !== listed) {
        listed = list;
        select.replaceChildren(none, ...entries.map(({ id, label }) => h('option', { value: id }, label)));
      }
      // Whoever is choosing is not interrupted.
      if (document.activeElement !== select) select.value = chosen ?? '';
    },
  };
}
