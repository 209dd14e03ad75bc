import { h } from './dom.js';
import { server } from './server.js';

/** In the demo only: who stands before the camera, and what lies on the reader. */
export function openSimulator(aside) {
  const title = h('strong', {});
  const person = chooser('person', 'sim-person');
  const card = chooser('card', 'sim-card');
  aside.replaceChildren(title, person.label, card.label);
  aside.hidden = false;

  const show = ({ people, cards, state }) => {
    person.show(people, state.person);
    card.show(cards, state.card);
  };
  return {
    refresh: () => {
      server.simulator().then(show, () => {});
    },
    label(words) {
      title.textContent = words.title;
      person.name(words.person, words.nobody);
      card.name(words.card, words.noCard);
    },
  };
}

function chooser(kind, testid) {
  const text = h('span', {});
  const none = h('option', { value: '' });
  const select = h('select', { data: { testid } }, none);
  select.addEventListener('change', () => {
    server.choose({ [kind]: select.value === '' ? null : select.value }).catch(() => {});
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
