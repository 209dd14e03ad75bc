/** `typ` header of every JWS and JWE, so that one message can never be taken for another (RFC 8725 §3.11). */
export const TYP = {
  report: 'countersign-report+jws',
  receipt: 'countersign-receipt+jws',
  order: 'countersign-order+jws',
  orderState: 'countersign-order-state+jws',
  query: 'countersign-query+jws',
  answer: 'countersign-answer+jws',
  command: 'countersign-command+jws',
  commandResult: 'countersign-command-result+jws',
  enrolment: 'countersign-enrolment+jws',
  siteBundle: 'countersign-site-bundle+jws',
  holder: 'countersign-holder+jwe',
  queryBody: 'countersign-query-body+jwe',
  answerBody: 'countersign-answer-body+jwe',
  logs: 'countersign-logs+jwe',
} as const;

export type Typ = (typeof TYP)[keyof typeof TYP];
