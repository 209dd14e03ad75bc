import type { CardFields } from '../domain/card.js';

const HIDDEN = '*';

/** First character only. */
export function maskName(name: string): string {
  const [first = '', ...rest] = [...name];
  return first + HIDDEN.repeat(rest.length);
}

/** First six and last two characters: division and check, not birth date or sequence. */
export function maskNumber(number: string): string {
  if (number.length <= 8) return HIDDEN.repeat(number.length);
  return number.slice(0, 6) + HIDDEN.repeat(number.length - 8) + number.slice(-2);
}

/** Nothing but that there is one. */
export function maskAddress(_address: string): string {
  return HIDDEN.repeat(8);
}

/** The fields as a technician may see them on a screen in a shop: enough to know the card, not the person. */
export function maskFields(fields: CardFields): CardFields {
  const { nameLatin, ethnicGroup, address, permitNumber, oldNumberLink } = fields;
  return {
    ...fields,
    name: maskName(fields.name),
    birthDate: `${fields.birthDate.slice(0, 4)}-**-**`,
    number: maskNumber(fields.number),
    ...(nameLatin === undefined ? {} : { nameLatin: maskName(nameLatin) }),
    ...(ethnicGroup === undefined ? {} : { ethnicGroup: '**' }),
    ...(address === undefined ? {} : { address: maskAddress(address) }),
    ...(permitNumber === undefined ? {} : { permitNumber: maskNumber(permitNumber) }),
    ...(oldNumberLink === undefined ? {} : { oldNumberLink: HIDDEN.repeat(oldNumberLink.length) }),
  };
}
