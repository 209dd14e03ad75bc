import { ADDRESS_BYTES } from './command.js';

/**
 * Additional addresses of a resident card, in the order in which offices have added them; blank ones are left out.
 * Countersign does not ask for them, a technician's program may.
 */
export function parseAddresses(data: Uint8Array): string[] {
  const decoder = new TextDecoder('utf-16le', { ignoreBOM: true });
  const addresses: string[] = [];
  for (let at = 0; at + ADDRESS_BYTES <= data.length; at += ADDRESS_BYTES) {
    const text = decoder.decode(data.subarray(at, at + ADDRESS_BYTES)).replace(/[\0\u0020\u3000]+$/, '');
    if (text !== '' && !/\p{Cc}/u.test(text)) addresses.push(text);
  }
  return addresses;
}
