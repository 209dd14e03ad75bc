import { cardFault } from './errors.js';
import type { PhotoDecoder } from './port.js';

/** No decoder: the visit goes on to the way by hand, and `doctor` says what is missing. */
export function createNoDecoder(): PhotoDecoder {
  return {
    async decode() {
      throw cardFault('PHOTO_NO_DECODER');
    },
    async check() {
      const fault = cardFault('PHOTO_NO_DECODER');
      return {
        name: 'photo-decoder',
        ok: false,
        detail: 'none is configured: card photos cannot be compared, the clerk compares by eye',
        advice: fault.advice,
      };
    },
  };
}
