import { createInterface } from 'node:readline';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { ReferenceCarrierDeps } from '../../carrier/reference-carrier.js';
import { type Command as CarrierOrder, COMMANDS } from '../../contract/carrier-messages.js';
import { SERVICES, type Service } from '../../domain/service.js';
import { LANGUAGES, type Language } from '../../domain/visit.js';
import { EXIT, print } from '../output.js';
import { describeResult, writeEvent } from './events.js';
import { listener, type SendOptions, withLink } from './link.js';
import { parseId, parseSeconds, withBroker, withPlace } from './options.js';
import { rotateTerminalKeys } from './rotate-terminal-keys.js';

interface OrderOptions extends SendOptions {
  readonly service: Service;
  readonly registeredHolder?: string;
  readonly language?: Language;
}
type Arguments = NonNullable<CarrierOrder['arguments']>;

/** Starts a visit at a terminal. */
export function carrierOrderCommand(): Command {
  return withSending(new Command('order'))
    .description('Order a visit at a terminal; prints the id of the order.')
    .addOption(new Option('--service <name>', 'what it is about').choices(SERVICES).makeOptionMandatory())
    .option('--registered-holder <number>', 'card number of the registered holder; "-" reads it from stdin')
    .addOption(new Option('--language <name>', 'of the page').choices(LANGUAGES))
    .addHelpText(
      'after',
      `
With --wait the states of the order are printed as JSON lines, and it ends with the visit: 0 verified, 1 otherwise.

Example:
  countersign carrier order --directory /srv/carrier --broker mqtt://localhost --terminal t-1001 \\
    --service sim-replacement --registered-holder - --wait`,
    )
    .action(order);
}

/** Tells a terminal to do something. */
export function carrierCommandCommand(): Command {
  return withSending(new Command('command'))
    .description('Give a terminal a command; prints its id.')
    .addArgument(new Argument('<name>', 'what it is to do').choices(COMMANDS))
    .option('--argument <key=value...>', 'e.g. perSecond=5', collectArgument)
    .addHelpText(
      'after',
      `
With --wait the result is printed as a JSON line, and it ends with it: 0 done, 1 otherwise. What collect-logs
gathered stands in its "logs": the last 48 KB of the service's log.

rotate-keys is an exchange of two commands and needs --wait: the terminal makes its next keys, they are registered
beside those of before, and a site bundle puts them in force ("next-key", then "keys-rotated"). Given again, it goes on
where it was cut off; --argument anew=true discards next keys that wait. update is refused by every terminal.

Examples:
  countersign carrier command set-rate --argument perSecond=5 --broker mqtt://localhost --terminal t-1001 --wait
  countersign carrier command rotate-keys --broker mqtts://broker:8884 --terminal t-1001 --wait`,
    )
    .action(command);
}

function withSending(command: Command): Command {
  return withBroker(withPlace(command))
    .requiredOption('--terminal <id>', 'which terminal', parseId)
    .option('--valid-for <seconds>', 'it expires after so long', parseSeconds, 600)
    .option('--wait', 'until the terminal tells how it ended, or it expires; prints JSON lines')
    .option('--json', 'print JSON also without --wait');
}

function collectArgument(text: string, before: Arguments = {}): Arguments {
  const [, key, value] = /^([A-Za-z][A-Za-z0-9]{0,39})=(.{0,200})$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It is key=value.');
  const parsed = value === 'true' || value === 'false' ? value === 'true' : asNumber(value);
  return { ...before, [key]: parsed };
}

function asNumber(text: string): string | number {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

async function order(options: OrderOptions): Promise<void> {
  const { terminal, service, language, validFor } = options;
  const given = options.registeredHolder;
  const registeredHolder = given === '-' ? await readLine() : given;
  const told = listener();
  await withLink(options, ['orderState'], { onOrderState: told.tell }, async (link) => {
    const orderId = await link.sendOrder({
      terminal,
      service,
      validForMs: validFor * 1000,
      ...(language === undefined ? {} : { language }),
      ...(registeredHolder === undefined ? {} : { registeredHolder }),
    });
    if (options.wait === true || options.json === true) writeEvent('ordered', { orderId });
    else print(orderId);
    if (options.wait !== true) return;
    const ended = await told.until(validFor, (state) => {
      if (state.orderId !== orderId) return undefined;
      writeEvent('order-state', state);
      return state.state === 'done' || state.state === 'refused' ? state : undefined;
    });
    process.exitCode = ended?.outcome === 'verified' ? EXIT.done : EXIT.no;
  });
}

async function command(
  name: CarrierOrder['command'],
  options: SendOptions & { argument?: Arguments },
  self: Command,
): Promise<void> {
  const { terminal, validFor, argument } = options;
  if (name === 'rotate-keys') {
    if (options.wait !== true) {
      self.error(
        'error: rotate-keys is an exchange of two commands, the second follows on the answer: add --wait',
      );
    }
    await rotateTerminalKeys(options);
    return;
  }
  const told = listener<{ id: string; result: string; logs?: readonly string[] | undefined }>();
  const onCommandResult: ReferenceCarrierDeps['onCommandResult'] = (result, logs) =>
    told.tell(describeResult(result, logs));
  await withLink(options, ['commandResult'], { onCommandResult }, async (link) => {
    const id = await link.sendCommand({
      terminal,
      command: name,
      validForMs: validFor * 1000,
      ...(argument === undefined ? {} : { arguments: argument }),
    });
    if (options.wait === true || options.json === true) writeEvent('commanded', { id });
    else print(id);
    if (options.wait !== true) return;
    const ended = await told.until(validFor, (result) => (result.id === id ? result : undefined));
    if (ended !== undefined) writeEvent('command-result', ended);
    process.exitCode = ended?.result === 'done' ? EXIT.done : EXIT.no;
  });
}

async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    return line.trim();
  }
  return '';
}
