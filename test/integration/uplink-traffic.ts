import { readFileSync } from 'node:fs';
import { connectAsync, type IClientOptions } from 'mqtt';
import { z } from 'zod';
import { LIMITS } from '#built/contract/limits.js';
import { MESSAGES, schemaName } from '#built/contract/messages.js';
import { parseTopic, TOPICS, type TopicName } from '#built/contract/topics.js';

export interface Captured {
  readonly name: TopicName;
  readonly topic: string;
  readonly payload: string;
  /** Protected header of the JWS; absent for plain bodies. */
  readonly header?: Record<string, unknown>;
  readonly body: unknown;
}

/** The published JSON Schema of the name, from docs/schemas, as a judge. */
export function publishedSchema(name: string): z.ZodType {
  const text = readFileSync(new URL(`../../docs/schemas/${name}.json`, import.meta.url), 'utf8');
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
}

const judges = new Map<TopicName, z.ZodType>();

/** What a message is, or why it is not as docs/asyncapi.yaml has it. */
export function judge(topic: string, payload: Buffer): Captured | { readonly wrong: string } {
  const wrong = (why: string) => ({ wrong: `${topic}: ${why}` });
  const name = parseTopic(topic)?.name;
  if (name === undefined) return wrong('no such topic');
  if (payload.length > LIMITS.messageBytes) return wrong('too large');
  const text = payload.toString('utf8');
  const { typ } = MESSAGES[name];
  let header: Record<string, unknown> | undefined;
  let body: unknown;
  if (TOPICS[name].form === 'plain') {
    body = JSON.parse(text);
  } else {
    const [head = '', middle = '', signature = ''] = text.split('.');
    if (Buffer.from(signature, 'base64url').length !== 64) return wrong('no Ed25519 signature');
    header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>;
    if (header['typ'] !== typ || header['alg'] !== 'EdDSA' || typeof header['kid'] !== 'string') {
      return wrong(`header ${JSON.stringify(header)}`);
    }
    body = JSON.parse(Buffer.from(middle, 'base64url').toString());
  }
  const schema = judges.get(name) ?? publishedSchema(schemaName(name));
  judges.set(name, schema);
  const parsed = schema.safeParse(body);
  if (!parsed.success) return wrong(z.prettifyError(parsed.error));
  return { name, topic, payload: text, body, ...(header === undefined ? {} : { header }) };
}

/** Listens to everything on a broker and judges it by the published schemas. */
export async function watchTraffic(url: string, connection: IClientOptions = {}) {
  const captured: Captured[] = [];
  const wrong: string[] = [];
  const client = await connectAsync(url, { protocolVersion: 4, ...connection });
  client.on('error', () => {});
  client.on('message', (topic, payload) => {
    // An empty retained message is how MQTT takes one back.
    if (payload.length === 0) return;
    const judged = judge(topic, payload);
    if ('wrong' in judged) wrong.push(judged.wrong);
    else captured.push(judged);
  });
  await client.subscribeAsync('countersign/v1/#', { qos: 1 });
  return {
    captured,
    wrong,
    kinds: (): TopicName[] => [...new Set(captured.map(({ name }) => name))].sort(),
    close: () => client.endAsync(true),
  };
}
