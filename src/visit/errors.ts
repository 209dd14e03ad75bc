import { faults } from '../domain/errors.js';

export const visitFault = faults('VISIT', {
  BUSY: {
    says: 'A visit is under way',
    advice: 'Finish or cancel it first.',
    cure: 'operator',
  },
  OUT_OF_SERVICE: {
    says: 'A part of the terminal is missing, so that no visit can begin',
    advice:
      'See the page for the part; `countersign doctor` says what to do. Serve people by hand meanwhile.',
    cure: 'operator',
  },
  ORDER_EXPIRED: {
    says: 'The order has expired',
    advice: 'Send a new one.',
    cure: 'carrier',
  },
  POLICY_INVALID: {
    says: 'The policy has a value that cannot be used',
    advice:
      'Correct the value under `policy` in the configuration, or ask the carrier for a new site bundle.',
    cure: 'technician',
  },
  CLOSED: {
    says: 'The terminal is stopping',
    advice: 'Wait until it has started again.',
    cure: 'retry',
  },
});
