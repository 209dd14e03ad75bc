// Writes docs/schemas/*.json and docs/asyncapi.yaml from the schemas that judge every message. `--check` only compares.
// Run after a build: node scripts/write-contract.mjs [--check]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { z } from 'zod';
import { LIMITS } from '../dist/contract/limits.js';
import { FILES, INNER, MESSAGES, schemaName } from '../dist/contract/messages.js';
import { TOPICS } from '../dist/contract/topics.js';

const DOCS = new URL('../docs/', import.meta.url);
const NAMES = Object.keys(TOPICS);

/** Draft 7 is what AsyncAPI understands without being told. */
function jsonSchema(name, schema) {
  return { title: `Countersign v1: ${name}`, ...z.toJSONSchema(schema, { target: 'draft-7' }) };
}

function schemas() {
  return {
    ...Object.fromEntries(NAMES.map((name) => [schemaName(name), MESSAGES[name].schema])),
    ...INNER,
    ...FILES,
  };
}

function channel(name) {
  const { level } = TOPICS[name];
  return {
    address: `countersign/v1/{terminalId}/${level}`,
    description: MESSAGES[name].says,
    parameters: { terminalId: { $ref: '#/components/parameters/terminalId' } },
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
  };
}

/** From the terminal's side: what goes up it sends, what comes down it receives. */
function operation(name) {
  const { direction, qos, retain } = TOPICS[name];
  return {
    action: direction === 'up' ? 'send' : 'receive',
    channel: { $ref: `#/channels/${name}` },
    messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    bindings: { mqtt: { qos, retain, bindingVersion: '0.2.0' } },
    ...(name === 'query'
      ? {
          reply: {
            channel: { $ref: '#/channels/answer' },
            messages: [{ $ref: '#/channels/answer/messages/answer' }],
          },
        }
      : {}),
  };
}

function message(name) {
  const { typ, sealed, says } = MESSAGES[name];
  const body = { $ref: `./schemas/${schemaName(name)}.json` };
  const common = { name, summary: says };
  if (typ === undefined) return { ...common, contentType: 'application/json', payload: body };
  return {
    ...common,
    contentType: 'application/jose',
    description: [
      `Compact JWS (RFC 7515), alg EdDSA over Ed25519, protected header with \`typ: ${typ}\` and \`kid\`.`,
      ...(sealed === undefined
        ? []
        : [
            `\`${sealed.field}\` is a compact JWE (RFC 7516), ECDH-ES over P-256 with A256GCM, \`typ: ${sealed.typ}\`; its plaintext is schemas/${sealed.body}.json.`,
          ]),
    ].join(' '),
    payload: {
      type: 'string',
      maxLength: LIMITS.messageBytes,
      pattern: '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$',
    },
    'x-typ': typ,
    'x-body': body,
    ...(sealed === undefined
      ? {}
      : { 'x-sealed': { ...sealed, body: { $ref: `./schemas/${sealed.body}.json` } } }),
  };
}

const each = (make) => Object.fromEntries(NAMES.map((name) => [name, make(name)]));

function asyncapi() {
  return {
    asyncapi: '3.0.0',
    id: 'urn:countersign:v1',
    info: {
      title: 'Countersign: terminal and carrier',
      version: '1.0.0',
      license: { name: 'Apache-2.0' },
      description: [
        'What crosses MQTT between a terminal and its carrier, seen from the terminal. MQTT 5 or 3.1.1 over TLS with',
        'client certificates; the name in the certificate is the terminal id. Nothing rests on properties of MQTT 5: id,',
        'expiry, correlation and addressing stand in the signed body.',
        '',
        'A report is sent until a receipt with its id, number and hash (SHA-256 over the compact JWS, base64url) comes',
        'that a carrier key in force signed. At least once on the wire and ids that never change give once in effect.',
        'Orders and commands are taken once: the same id again, an older counter, another addressee, or a moment after',
        '`expiresAt` have no effect.',
      ].join('\n'),
    },
    defaultContentType: 'application/jose',
    servers: {
      broker: {
        host: 'broker.example.com:8883',
        protocol: 'secure-mqtt',
        security: [{ $ref: '#/components/securitySchemes/certificate' }],
      },
    },
    channels: each(channel),
    operations: each(operation),
    components: {
      parameters: {
        terminalId: { description: `1 to ${LIMITS.id} of A-Z, a-z, 0-9, "_", "-"`, examples: ['t-1001'] },
      },
      securitySchemes: {
        certificate: { type: 'X509', description: 'Client certificate from the site bundle.' },
      },
      messages: each(message),
    },
  };
}

function files() {
  const header = '# Written by scripts/write-contract.mjs from src/contract; edit that.\n';
  return {
    'asyncapi.yaml': header + stringify(asyncapi(), { lineWidth: 0, blockQuote: 'literal' }),
    ...Object.fromEntries(
      Object.entries(schemas()).map(([name, schema]) => [
        `schemas/${name}.json`,
        `${JSON.stringify(jsonSchema(name, schema), null, 2)}\n`,
      ]),
    ),
  };
}

const wanted = files();
const at = (name) => new URL(name, DOCS);
mkdirSync(at('schemas/'), { recursive: true });
const left = readdirSync(at('schemas/')).filter((name) => !(`schemas/${name}` in wanted));
if (process.argv.includes('--check')) {
  const read = (name) => {
    try {
      return readFileSync(at(name), 'utf8');
    } catch {
      return '';
    }
  };
  const stale = [...Object.keys(wanted).filter((name) => read(name) !== wanted[name]), ...left];
  if (stale.length > 0) {
    process.stderr.write(`stale below docs: ${stale.join(', ')}; run node scripts/write-contract.mjs\n`);
    process.exitCode = 1;
  }
} else {
  for (const [name, text] of Object.entries(wanted)) writeFileSync(at(name), text);
  if (left.length > 0) process.stderr.write(`no longer written, remove by hand: ${left.join(', ')}\n`);
}
