import { type CountersignError, faults } from '../domain/errors.js';
import { STATUS } from './codes.js';

const AGAIN = 'Take the card away, hold it still on the reader and keep metal and other cards off it.';
const OUT_OF_SERVICE = 'Take the power off the reader and give it back; if it stays, exchange the reader.';
const LINE =
  'Check the cable and the speed of the line (reader.baudRate: auto), keep it away from motors and chargers.';
const DECODER =
  'Ask the maker of the reader for its photo decoder for Linux and set photoDecoder.command (docs/hardware.md); until then the clerk compares by eye.';

/** Every fault of the card room. Codes are CARD_ and the key. */
export const cardFault = faults('CARD', {
  READER_GONE: {
    says: 'The card reader is not there',
    advice: 'Put its cable back in; `ls /dev/serial/by-id` shows the serial ports that are there.',
    cure: 'operator',
  },
  READER_BUSY: {
    says: 'The card reader is already reading or belongs to another program',
    advice: 'Only one read at a time; stop the service before using `countersign card`.',
    cure: 'technician',
  },
  READER_SILENT: {
    says: 'The port is there and no module answers on it',
    advice: `Check the power of the reader, and that the port is the reader's. ${LINE}`,
    cure: 'technician',
  },
  LINK: { says: 'The answers of the reader arrive damaged', advice: LINE, cure: 'technician' },
  COMMAND_REFUSED: {
    says: 'The module does not know or allow a command',
    advice: 'Ask the maker of the reader for newer firmware and report the model to us.',
    cure: 'developer',
  },
  MODULE_FAULT: {
    says: 'The module fails again and again and a reset does not help',
    advice: OUT_OF_SERVICE,
    cure: 'technician',
  },
  MODULE_SELF_TEST: {
    says: 'The module failed its self-test and takes no commands',
    advice: OUT_OF_SERVICE,
    cure: 'technician',
  },
  MODULE_NOT_AUTHORISED: {
    says: 'The module is not authorised to read cards',
    advice: 'Send the reader back to its maker; only they can have the module authorised.',
    cure: 'technician',
  },
  NOT_GENUINE: {
    says: 'The security module does not accept the card as genuine',
    advice: 'Do not go on with this card; follow the shop’s procedure for doubtful documents.',
    cure: 'operator',
  },
  NOT_FOUND: { says: 'No card was found', advice: AGAIN, cure: 'person' },
  SELECT_FAILED: { says: 'The card was found and then lost', advice: AGAIN, cure: 'person' },
  AUTHENTICATION: {
    says: 'Card and module could not authenticate each other',
    advice: AGAIN,
    cure: 'person',
  },
  READ_FAILED: { says: 'The card was taken away while it was read', advice: AGAIN, cure: 'person' },
  STILL_THERE: {
    says: 'The card of the reading before still lies on the reader',
    advice: 'Take the card away and place it again.',
    cure: 'person',
  },
  UNSUPPORTED: {
    says: 'This kind of card is unknown to the module',
    advice: 'Place a resident ID card, residence permit or permanent resident card; one card alone.',
    cure: 'person',
  },
  CONTENT_INVALID: {
    says: 'The content of the card is not laid out as the standard says',
    advice: 'Go on by hand; if it happens with other cards too, report the reader model to us.',
    cure: 'operator',
  },
  NO_SUCH_ITEM: { says: 'The card holds no such item', advice: 'Nothing needs to be done.', cure: 'retry' },
  STATUS_UNKNOWN: {
    says: 'The module answered with a status that no documentation knows',
    advice: 'Try again; report the status and the reader model to us.',
    cure: 'retry',
  },
  MODULE_UNSURE: { says: 'The module could not finish a command', advice: 'Try again.', cure: 'retry' },
  PHOTO_NO_DECODER: {
    says: 'No decoder for the photo of the card is configured',
    advice: DECODER,
    cure: 'technician',
  },
  PHOTO_DECODER_FAILED: {
    says: 'The photo decoder failed',
    advice: 'Run it by hand as `photoDecoder.command` has it, and look at what it writes to stderr.',
    cure: 'technician',
  },
  PHOTO_INVALID: {
    says: 'The photo of the card is no picture of a size that makes sense',
    advice: 'Read the card again; if it happens with every card, the decoder does not fit the reader.',
    cure: 'operator',
  },
});

/** The fault that an unsuccessful SW3 stands for; `details` hold the status word, never the card. */
export function statusFault(sw3: number, command: string): CountersignError {
  const details = { command, sw3: sw3.toString(16).padStart(2, '0') };
  switch (sw3) {
    case STATUS.linkChecksum:
    case STATUS.linkLength:
      return cardFault('LINK', { details });
    case STATUS.badCommand:
    case STATUS.notPermitted:
      return cardFault('COMMAND_REFUSED', { details });
    case STATUS.unrecognised:
    case STATUS.randomFailed:
      return cardFault('MODULE_UNSURE', { details });
    case STATUS.cardRefusesModule:
      return cardFault('AUTHENTICATION', { details });
    case STATUS.moduleRefusesCard:
    case STATUS.informationCheck:
    case STATUS.fingerprintCheck:
      return cardFault('NOT_GENUINE', { details });
    case STATUS.informationLength:
      return cardFault('CONTENT_INVALID', { details });
    case STATUS.unknownCard:
      return cardFault('UNSUPPORTED', { details });
    case STATUS.readFailed:
      return cardFault('READ_FAILED', { details });
    case STATUS.selfTest:
      return cardFault('MODULE_SELF_TEST', { details });
    case STATUS.notAuthorised:
      return cardFault('MODULE_NOT_AUTHORISED', { details });
    case STATUS.notFound:
      return cardFault('NOT_FOUND', { details });
    case STATUS.selectFailed:
      return cardFault('SELECT_FAILED', { details });
    case STATUS.noSuchItem:
      return cardFault('NO_SUCH_ITEM', { details });
    default:
      return cardFault('STATUS_UNKNOWN', { details });
  }
}
