import type { Looks, Person, Wearable } from './looks.js';

const dressed = new WeakMap<Person, Map<Wearable, Person>>();

/** The same person with something on; the same object for the same person and thing. */
export function dress(person: Person, wears: Wearable): Person {
  const known = dressed.get(person) ?? new Map<Wearable, Person>();
  dressed.set(person, known);
  const found = known.get(wears) ?? { ...person, wears, looks: looksIn(person.looks, wears) };
  known.set(wears, found);
  return found;
}

function looksIn(looks: Looks, wears: Wearable): Looks {
  if (wears !== 'sunglasses') return looks;
  return { ...looks, glasses: 1, glassesTone: 0.2, glassesRound: 0.6, glassesWidth: 2.9, glassesHeight: 2.1 };
}
