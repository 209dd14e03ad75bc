import { faults } from '../domain/errors.js';

export const uplinkFault = faults('UPLINK', {
  UNREACHABLE: {
    says: 'The carrier cannot be asked now',
    advice: 'Check the network; reports wait in the queue and are sent by themselves.',
    cure: 'operator',
  },
  TIMEOUT: {
    says: 'The other end did not answer in time',
    advice: 'Try again; if it happens often, ask the carrier whether its service runs.',
    cure: 'retry',
  },
  REFUSED: {
    says: 'The broker refused the connection or a message',
    advice: 'Check certificate, terminal id and access rules with the carrier; it is tried again by itself.',
    cure: 'carrier',
  },
  LOST: {
    says: 'The connection to the broker was lost',
    advice: 'It comes back by itself; check the network if it does not.',
    cure: 'retry',
  },
  ANSWER_INVALID: {
    says: 'The carrier answered with something that cannot be used',
    advice: 'Tell the carrier; nothing of it was shown.',
    cure: 'carrier',
  },
  MESSAGE_REFUSED: {
    says: 'A message from the broker was not taken',
    advice: 'It was dropped; tell the carrier if it happens often.',
    cure: 'carrier',
  },
});
