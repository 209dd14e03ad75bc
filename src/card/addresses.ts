import { STATUS } from './codes.js';
import { ADDRESS_BYTES, COMMANDS } from './command.js';
import { statusFault } from './errors.js';
import type { ModuleLink } from './module-link.js';

/**
 * Additional addresses of a resident card, in the order in which offices have added them; blank ones are left out.
 * The service does not ask for them, `countersign card read --addresses` does.
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

/**
 * Asks for them right after a card was read, while it still lies there; empty where it has none.
 *
 * @throws CARD_COMMAND_REFUSED on modules that do not know the command, and whatever else `ask` throws
 */
export async function askAddresses(link: ModuleLink, signal: AbortSignal): Promise<string[]> {
  const { sw3, data } = await link.ask(COMMANDS.addresses, signal);
  if (sw3 === STATUS.noSuchItem) return [];
  if (sw3 !== STATUS.done) throw statusFault(sw3, COMMANDS.addresses.name);
  const addresses = parseAddresses(data);
  data.fill(0);
  return addresses;
}
