import { TOPICS } from '../contract/topics.js';

/** Name in the carrier's own client certificate; the dot keeps it apart from every terminal's id. */
export const CARRIER_USER = 'countersign.carrier';

/**
 * Access rules for mosquitto (`acl_file`), to go with `use_identity_as_username`: each terminal has its own topics and
 * no other, whatever it calls itself.
 */
export function mosquittoRules(): string {
  const rules = Object.values(TOPICS).map(
    ({ level, direction }) => `pattern ${direction === 'up' ? 'write' : 'read'} countersign/v1/%u/${level}`,
  );
  return [`user ${CARRIER_USER}`, 'topic readwrite countersign/v1/#', '', ...rules, ''].join('\n');
}

export interface BrokerFiles {
  /** Where terminals come in. */
  readonly port: number;
  /** Where carriers come in. */
  readonly carrierPort: number;
  /** Authority of the terminals' certificates. */
  readonly ca: string;
  /** Authority of the carriers' certificates, another one. */
  readonly carrierCa: string;
  readonly certificate: string;
  readonly key: string;
  readonly rules: string;
}

/**
 * Settings for mosquitto: TLS with client certificates, and nobody without one. A terminal's client id is the name in
 * its certificate too, whatever it says: with another's it would end that one's connection and take over its session.
 * Carriers have one name and many connections, which would end each other there. They come in by a listener of their
 * own, which no terminal's certificate opens.
 */
export function mosquittoSettings(files: BrokerFiles): string {
  const { port, carrierPort, ca, carrierCa, rules } = files;
  return [
    ...listener(port, ca, files),
    'use_username_as_clientid true',
    '',
    ...listener(carrierPort, carrierCa, files),
    '',
    'allow_anonymous false',
    `acl_file ${rules}`,
    'max_inflight_messages 20',
    'max_queued_messages 1000',
    'message_size_limit 135168',
    '',
  ].join('\n');
}

function listener(port: number, ca: string, { certificate, key }: BrokerFiles): string[] {
  return [
    `listener ${port}`,
    `cafile ${ca}`,
    `certfile ${certificate}`,
    `keyfile ${key}`,
    'tls_version tlsv1.2',
    'require_certificate true',
    // The certificate's name is who it is; what the client says of itself does not count.
    'use_identity_as_username true',
  ];
}
