import type { Carrier, CommandRequest } from '../../carrier/carrier.js';
import { carrierFault } from '../../carrier/errors.js';
import { admitNextKeys, keyIdsOf } from '../../carrier/next-keys.js';
import type { ReferenceCarrier } from '../../carrier/reference-carrier.js';
import type { CommandResult } from '../../contract/terminal-messages.js';
import { EXIT, note } from '../output.js';
import { readAuthority } from './directory.js';
import { writeEvent } from './events.js';
import { listener, type SendOptions, withLink } from './link.js';

interface Told extends Omit<CommandResult, 'sealed'> {
  /** Thumbprint of the key that signed it. */
  readonly keyId: string | undefined;
}

type Options = SendOptions & { readonly argument?: NonNullable<CommandRequest['arguments']> };
/** @param nextKey what this one has signed needs no repetition: its keys are in force */
type Ask = (
  request: Pick<CommandRequest, 'arguments' | 'bundle'>,
  nextKey?: string,
) => Promise<Told | undefined>;

/** A terminal that a power cut restarts while it answers is asked again so often. */
const MOST_ATTEMPTS = 3;

/**
 * The whole exchange of `rotate-keys`, told as events.
 *
 * @throws CARRIER_TERMINAL_UNKNOWN, CARRIER_NEXT_KEYS_INVALID, CARRIER_BUNDLE_TOO_LARGE, CLI_FILE_UNREADABLE
 */
export async function rotateTerminalKeys(options: Options): Promise<void> {
  const { terminal, validFor } = options;
  const told = listener<Told>();
  const heard = {
    onCommandResult: (result: Omit<CommandResult, 'sealed'>, _logs: unknown, keyId?: string): void =>
      told.tell({ ...result, keyId }),
  };
  await withLink(options, ['commandResult'], heard, async (link, carrier) => {
    // A terminal that is not known gets no command.
    await keyIdsOf(carrier, terminal);
    const ask: Ask = async (request, nextKey) => {
      let answer: Told | undefined;
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const id = await send(link, options, request);
        answer = await told.until(validFor, (result) => (result.id === id ? result : undefined));
        if (answer?.detail !== 'interrupted' || answer.keyId === nextKey) break;
      }
      return answer;
    };
    process.exitCode = (await exchange(carrier, options, ask)) ? EXIT.done : EXIT.no;
  });
}

async function send(
  link: ReferenceCarrier,
  { terminal, validFor }: Options,
  request: Pick<CommandRequest, 'arguments' | 'bundle'>,
): Promise<string> {
  const id = await link.sendCommand({
    terminal,
    command: 'rotate-keys',
    validForMs: validFor * 1000,
    ...request,
  });
  writeEvent('commanded', { id, phase: request.bundle === undefined ? 'next-key' : 'site-bundle' });
  return id;
}

async function exchange(carrier: Carrier, options: Options, ask: Ask): Promise<boolean> {
  const { terminal, directory, argument } = options;
  const result = await ask(argument === undefined ? {} : { arguments: argument });
  if (result?.result !== 'done') return tellUnfinished(terminal, 'next-key', result);
  const { bundle, terminalKey, enrolment } = await admitNextKeys(carrier, {
    terminal,
    result,
    authority: () => readAuthority(directory),
  });
  writeEvent('next-key', { terminal, terminalKey, enrolment });
  note(
    'The next key is registered beside those of before; the terminal tries its new identity at the broker.',
  );
  const last = await ask({ bundle }, terminalKey);
  // What the next key has signed, the terminal has said with the next keys in force, whatever a power cut made of it.
  if (last?.result !== 'done' && last?.keyId !== terminalKey) {
    return tellUnfinished(terminal, 'site-bundle', last);
  }
  const formerKeys = (await keyIdsOf(carrier, terminal)).slice(1);
  writeEvent('keys-rotated', { terminal, terminalKey, formerKeys });
  note('Former keys are taken until they are forgotten: countersign carrier keys --forget-passed');
  return true;
}

function tellUnfinished(terminal: string, phase: string, told: Told | undefined): false {
  const problem = told === undefined ? 'no answer' : `${told.result}: ${told.detail ?? 'without a reason'}`;
  const fault = carrierFault('ROTATION_UNFINISHED', { details: { terminal, phase, problem } });
  writeEvent('keys-not-rotated', { terminal, phase, code: fault.code, problem });
  note(fault.message);
  return false;
}
