import { abortable } from './abort.js';
import { cardFault } from './errors.js';
import { decodePicture } from './photo.js';
import type { PhotoDecoder } from './port.js';

/** For readers that hand over a picture already decoded. */
export function createImageDecoder(): PhotoDecoder {
  return {
    async decode(photo, signal) {
      // The photo as the chip holds it is nothing that this driver could open.
      if (photo.kind === 'wlt') throw cardFault('PHOTO_NO_DECODER', { details: { kind: 'wlt' } });
      return abortable(decodePicture(photo.bytes), signal);
    },
    async check() {
      return { name: 'photo-decoder', ok: true, detail: 'pictures are taken as the reader decodes them' };
    },
  };
}
