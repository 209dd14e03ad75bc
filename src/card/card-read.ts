import { splitRead } from './command.js';
import { cardFault } from './errors.js';
import type { CardReading } from './port.js';
import { parseTextBlock } from './text-block.js';

/**
 * Turns the data of a read into fields and photo, and overwrites what it came from, whichever way it ends.
 *
 * @throws CARD_CONTENT_INVALID; its details name the place, never what stands there
 */
export function toCardReading(data: Uint8Array, samId: string): CardReading {
  const parts = splitRead(data);
  data.fill(0);
  if (parts === undefined) throw cardFault('CONTENT_INVALID', { details: { place: 'lengths' } });
  const text = parseTextBlock(parts.text);
  parts.text.fill(0);
  if (!text.ok) {
    parts.photo.fill(0);
    throw cardFault('CONTENT_INVALID', { details: { place: text.slot } });
  }
  return { fields: text.fields, photo: { kind: 'wlt', bytes: parts.photo }, samId };
}
