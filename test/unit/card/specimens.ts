import type { CardFields } from '#built/domain/card.js';

/** Fictitious cards of the four kinds; the numbers are those of the standards' and authorities' own examples. */
export const RESIDENT: CardFields = {
  kind: 'resident-id',
  name: '证件样本',
  sex: 'female',
  ethnicGroup: '01',
  birthDate: '1949-12-31',
  address: '测试省测试市样例路1号',
  number: '11010519491231002X',
  issuer: '测试市公安局',
  validFrom: '2020-01-01',
  validUntil: 'long-term',
};

export const PERMIT: CardFields = {
  kind: 'hk-mo-tw-residence-permit',
  name: '证件样本',
  sex: 'female',
  birthDate: '1994-08-23',
  address: '测试省测试市样例路1号',
  number: '810000199408230021',
  issuer: '测试市公安局',
  validFrom: '2018-09-01',
  validUntil: '2023-09-01',
  permitNumber: 'H12345678',
  issueCount: 1,
};

export const FOREIGN_2017: CardFields = {
  kind: 'foreign-permanent-resident-2017',
  name: '证件样本',
  nameLatin: 'ZHENGJIAN YANGBEN',
  sex: 'female',
  nationality: 'CAN',
  birthDate: '1981-08-03',
  number: 'CAN110081080310',
  issuer: '1500',
  validFrom: '2015-10-25',
  validUntil: '2025-10-24',
  cardVersion: '01',
};

export const FOREIGN_2023: CardFields = {
  kind: 'foreign-permanent-resident-2023',
  name: '证件样本',
  nameLatin: 'ZHENGJIAN, YANGBEN',
  sex: 'female',
  nationality: 'CAN',
  birthDate: '1981-08-03',
  number: '911124198108030024',
  validFrom: '2023-09-15',
  validUntil: '2033-09-14',
  issueCount: 0,
  oldNumberLink: '001',
};

export const SPECIMENS: readonly CardFields[] = [RESIDENT, PERMIT, FOREIGN_2017, FOREIGN_2023];

/** A photo as every card's begins, with nothing behind. */
export function emptyPhoto(): Uint8Array {
  const bytes = new Uint8Array(1024);
  bytes.set([0x57, 0x4c, 0x66, 0x00, 0x7e, 0x00, 0x32, 0x00]);
  return bytes;
}

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?!$)/g, '$1 ');
}
