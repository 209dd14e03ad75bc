import { type Command, InvalidArgumentError } from 'commander';
import { identifier } from '../../contract/names.js';

export interface PlaceOptions {
  readonly directory: string;
  readonly store?: string;
}

/** Where the carrier's keys and its store are. */
export function withPlace(command: Command): Command {
  return command
    .option('--directory <dir>', 'what `carrier init` made', '.')
    .option('--store <address>', 'SQLite file or postgres://…; else carrier.sqlite in the directory');
}

export function withBroker(command: Command): Command {
  return command.requiredOption('--broker <url>', 'mqtt://, mqtts://, ws:// or wss://', parseBrokerUrl);
}

export function parseBrokerUrl(text: string): string {
  if (!/^(mqtts?|wss?):\/\/[^/]+/.test(text))
    throw new InvalidArgumentError('It is mqtt://HOST or mqtts://HOST.');
  return text;
}

export function parseId(text: string): string {
  if (!identifier.safeParse(text).success) {
    throw new InvalidArgumentError('It has 1 to 64 letters, digits, "_" or "-".');
  }
  return text;
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 604_800)) throw new InvalidArgumentError('It is 1 to 604800 seconds.');
  return seconds;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('It is 1 to 65535.');
  return port;
}
