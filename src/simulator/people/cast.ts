import { CAST_LOOKS } from './cast-looks.js';
import { LOOKS, type LookName, type Looks, type Person } from './looks.js';

const PEOPLE: readonly Omit<Person, 'looks'>[] = [
  { id: 'lin', name: '林晓岚', sex: 'female', birthDate: '2002-03-14', province: '33' },
  { id: 'wei', name: '魏子辰', sex: 'male', birthDate: '1999-07-02', province: '42' },
  { id: 'qiao', name: '乔念真', sex: 'female', birthDate: '1990-11-23', province: '37' },
  { id: 'gao', name: '高启明', sex: 'male', birthDate: '1983-05-09', province: '23' },
  { id: 'ding', name: '丁守仁', sex: 'male', birthDate: '1967-09-30', province: '32' },
  { id: 'fan', name: '范玉芝', sex: 'female', birthDate: '1962-02-17', province: '13' },
  { id: 'shi', name: '石敬川', sex: 'male', birthDate: '1992-12-05', province: '51' },
  { id: 'yu', name: '余晴', sex: 'female', birthDate: '1996-06-28', province: '46' },
  { id: 'bai', name: '白怀远', sex: 'male', birthDate: '1954-04-11', province: '61' },
  { id: 'xia', name: '夏慕云', sex: 'female', birthDate: '1978-08-19', province: '36' },
  { id: 'luo', name: '罗一帆', sex: 'male', birthDate: '2004-01-26', province: '43' },
  { id: 'tao', name: '陶乐怡', sex: 'female', birthDate: '2007-10-08', province: '35' },
  { id: 'meng', name: '孟长河', sex: 'male', birthDate: '1975-03-31', province: '41' },
  { id: 'an', name: '安秀珍', sex: 'female', birthDate: '1949-07-15', province: '21' },
];

/** The invented people of simulator, demo and tests. Names are made up; numbers belong to nobody (card-fields.ts). */
export const CAST: readonly Person[] = PEOPLE.map((person) => ({ ...person, looks: looksOf(person.id) }));

/** Throws for an id that nobody has. */
export function findPerson(id: string): Person {
  const found = CAST.find((person) => person.id === id);
  if (found !== undefined) return found;
  throw new RangeError(
    `there is nobody called ${id}; there are ${CAST.map((person) => person.id).join(', ')}`,
  );
}

function looksOf(id: string): Looks {
  const numbers = CAST_LOOKS[id];
  if (numbers === undefined) throw new RangeError(`nobody has given ${id} a face`);
  const looks = (Object.keys(LOOKS) as LookName[]).map((name, index) => {
    const [low, high] = LOOKS[name];
    return [name, low + ((high - low) * (numbers[index] ?? 0)) / 1000] as const;
  });
  return Object.fromEntries(looks) as unknown as Looks;
}
