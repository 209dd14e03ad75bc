import { faults } from '../domain/errors.js';

/** Every fault of the page. Codes are SCREEN_ and the key. */
export const screenFault = faults('SCREEN', {
  ADDRESS_IN_USE: {
    says: 'The address of the page cannot be had',
    advice: 'Stop the other program, or choose another screen.port.',
    cure: 'technician',
  },
  PAGE_MISSING: {
    says: 'The files of the page are not there',
    advice: 'Install the package anew, or run `npm run build` in a checkout.',
    cure: 'developer',
  },
  FOREIGN_REQUEST: {
    says: 'A request came from another site',
    advice: 'Open the page on this computer under the address that the service tells.',
    cure: 'operator',
  },
  REQUEST_INVALID: {
    says: 'A request is not one that the page makes',
    advice: 'Load the page anew.',
    cure: 'developer',
  },
  TOO_MANY_VIEWERS: {
    says: 'The page is open too many times',
    advice: 'Close the other windows.',
    cure: 'operator',
  },
});
