import { ethnicGroupName, issuerName, provinceName } from '../card/codes.js';
import { maskAddress, maskFields } from '../card/mask.js';
import { olderNumber } from '../card/permanent-resident-number.js';
import type { CardReading } from '../card/port.js';
import type { CardCheck, CardFields } from '../domain/card.js';
import { print } from './output.js';

/** What `--json` prints: the fields, masked unless asked otherwise, with what was checked. */
export function describeCard(read: CardReading, checks: readonly CardCheck[], unmasked: boolean): object {
  const { photo, samId, addresses } = read;
  return {
    ...(unmasked ? read.fields : maskFields(read.fields)),
    ...(addresses === undefined
      ? {}
      : { additionalAddresses: unmasked ? addresses : addresses.map(maskAddress) }),
    checks: checks.map(({ code, ok }) => ({ code, ok })),
    photo: photo === undefined ? null : { kind: photo.kind, bytes: photo.bytes.length },
    samId,
  };
}

/** The same for people, a line each. */
export function printCard(read: CardReading, checks: readonly CardCheck[], unmasked: boolean): void {
  const { photo, addresses = [] } = read;
  for (const [label, value] of rows(unmasked ? read.fields : maskFields(read.fields))) {
    if (value !== undefined) line(label, value);
  }
  for (const address of addresses) line('further address', unmasked ? address : maskAddress(address));
  line('photo', photo === undefined ? 'none' : `${photo.bytes.length} bytes of ${photo.kind}`);
  for (const { code, ok, severity } of checks) line(ok ? 'ok' : weight(severity), code);
}

function line(label: string, value: string): void {
  print(label.padEnd(18) + value);
}

function weight(severity: CardCheck['severity']): string {
  return severity === 'error' ? 'FAILED' : 'warning';
}

function rows(fields: CardFields): [string, string | undefined][] {
  const { ethnicGroup, issuer, nationality, number, oldNumberLink } = fields;
  const older =
    oldNumberLink === undefined ? undefined : olderNumber(number, nationality ?? '', oldNumberLink);
  return [
    ['kind', fields.kind],
    ['name', fields.name],
    ['Latin name', fields.nameLatin],
    ['sex', fields.sex],
    ['ethnic group', ethnicGroup === undefined ? undefined : ethnicGroupName(ethnicGroup)],
    ['nationality', nationality],
    ['born', fields.birthDate],
    ['address', fields.address],
    ['number', withMeaning(number, provinceName(number.slice(0, 2)))],
    ['issued by', issuer === undefined ? undefined : withMeaning(issuer, issuerName(issuer))],
    ['valid', `${fields.validFrom} to ${fields.validUntil}`],
    ['travel permit', fields.permitNumber],
    ['issues', fields.issueCount?.toString()],
    ['older number', older ?? oldNumberLink],
    ['card version', fields.cardVersion],
  ];
}

function withMeaning(code: string, meaning: string | undefined): string {
  return meaning === undefined ? code : `${code} (${meaning})`;
}
