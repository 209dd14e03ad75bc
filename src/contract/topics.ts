/**
 * Topics below `countersign/v1/<terminalId>/`. One table, many readers: uplink, carrier, AsyncAPI, tests.
 *
 * `up` is from the terminal to the carrier. Bodies that are `signed` are a compact JWS (EdDSA) over the JSON of the
 * schema of the same name; `plain` is the JSON itself.
 */
export const TOPICS = {
  status: { level: 'status', direction: 'up', qos: 1, retain: true, form: 'plain' },
  health: { level: 'health', direction: 'up', qos: 0, retain: true, form: 'plain' },
  report: { level: 'report', direction: 'up', qos: 1, retain: false, form: 'signed' },
  receipt: { level: 'receipt', direction: 'down', qos: 1, retain: false, form: 'signed' },
  order: { level: 'order', direction: 'down', qos: 1, retain: false, form: 'signed' },
  orderState: { level: 'order/state', direction: 'up', qos: 1, retain: false, form: 'signed' },
  query: { level: 'query', direction: 'up', qos: 1, retain: false, form: 'signed' },
  answer: { level: 'answer', direction: 'down', qos: 1, retain: false, form: 'signed' },
  command: { level: 'command', direction: 'down', qos: 1, retain: false, form: 'signed' },
  commandResult: { level: 'command/result', direction: 'up', qos: 1, retain: false, form: 'signed' },
} as const;

export type TopicName = keyof typeof TOPICS;

const ROOT = 'countersign/v1';

/** Full topic of one terminal, or with `+` for every terminal. */
export function topicOf(terminalId: string, name: TopicName): string {
  return `${ROOT}/${terminalId}/${TOPICS[name].level}`;
}

/** Which terminal and which topic; undefined for anything that is not ours. */
export function parseTopic(topic: string): { terminalId: string; name: TopicName } | undefined {
  const match = /^countersign\/v1\/([A-Za-z0-9_-]{1,64})\/([a-z/]+)$/.exec(topic);
  if (match === null) return undefined;
  const [, terminalId, level] = match;
  const name = (Object.keys(TOPICS) as TopicName[]).find((each) => TOPICS[each].level === level);
  return name === undefined || terminalId === undefined ? undefined : { terminalId, name };
}
