import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../clock/port.js';
import type { Command } from '../contract/carrier-messages.js';
import type { CommandResult } from '../contract/terminal-messages.js';
import { isCountersignError } from '../domain/errors.js';
import type { Outbox } from '../outbox/port.js';
import type { CommandOutcome, Gathered } from './port.js';
import type { Rate } from './rate.js';

const KEY = 'uplink/command';
const RATE_KEY = 'uplink/rate';
const DETAIL_CHARACTERS = 400;

/** Bounds of the rate that the carrier may set, in reports a second. */
const rateSchema = z.number().min(0.1).max(1000);

const stateSchema = z.object({
  counter: z.number(),
  id: z.string(),
  result: z.enum(['done', 'failed', 'refused']).optional(),
  detail: z.string().optional(),
  told: z.boolean(),
  /** What it gathered goes with the answer, and is in memory alone. */
  gathered: z.boolean().optional(),
});
type State = z.infer<typeof stateSchema>;

export interface CommandDeps {
  readonly outbox: Pick<Outbox, 'remember' | 'recall'>;
  readonly clock: Clock;
  readonly rate: Rate;
  readonly terminal: string;
  readonly execute: (command: Command) => Promise<CommandOutcome>;
  /** Resolves when the broker has it; rejects when it has to be told again on the next connection. */
  readonly tell: (result: CommandResult) => Promise<void>;
  readonly logger?: Logger | undefined;
}

/**
 * Executes each command at most once, one after the other: its counter is on the disk before it begins. A command that
 * a restart cut off is told as failed; the same command again gets its result again.
 */
export interface CommandDesk {
  /**
   * Restores the rate and finds what the last process left; call once before the first command. Where the disk does not
   * give it, each command and connection tries again: none is executed before it is known which ones were.
   */
  begin(): Promise<void>;
  /** Resolves once the command is accepted or dropped; executing goes on behind. */
  take(command: Command): Promise<'taken' | 'replayed'>;
  /** A connection is there: tells what could not be told. */
  flush(): void;
}

export function createCommandDesk(deps: CommandDeps): CommandDesk {
  const { outbox, clock, rate, terminal, logger } = deps;
  let state: State | undefined;
  let restored = false;
  let gathered: { readonly id: string; readonly what: Gathered } | undefined;
  /** The command whose result the next process tells, however often the line comes back before that. */
  let leftToNext: string | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const keep = async (next: State): Promise<void> => {
    await outbox.remember(KEY, JSON.stringify(next));
    state = next;
  };
  const tell = async (): Promise<void> => {
    await restore();
    if (state?.result === undefined || state.told || state.id === leftToNext) return;
    const { id, result, detail } = state;
    const told = {
      ...{ terminal, id, at: clock.now().at, result },
      ...(detail === undefined ? {} : { detail }),
      ...(gathered?.id === id ? gathered.what : {}),
    };
    await deps.tell(told);
    if (state.id === id) await keep({ ...state, told: true });
  };
  const tellQuietly = (): Promise<void> =>
    tell().catch(() => logger?.debug('a result could not be told; the next connection tells it'));

  const setRate = async (command: Command): Promise<CommandOutcome> => {
    const wanted = rateSchema.safeParse(command.arguments?.['perSecond']);
    if (!wanted.success) return { result: 'refused', detail: 'perSecond: 0.1 to 1000' };
    await outbox.remember(RATE_KEY, String(wanted.data));
    rate.set(wanted.data);
    return { result: 'done' };
  };

  const run = async (command: Command): Promise<void> => {
    let outcome: CommandOutcome;
    try {
      outcome = await (command.command === 'set-rate' ? setRate(command) : deps.execute(command));
    } catch (error) {
      logger?.error({ err: error, command: command.command }, 'a command failed');
      outcome = { result: 'failed', detail: describe(error) };
    }
    const { result, detail, afterRestart = false, ...what }: CommandOutcome = outcome;
    const hasGathered = Object.values(what).some((each) => each !== undefined);
    gathered = hasGathered ? { id: command.id, what } : undefined;
    if (afterRestart) leftToNext = command.id;
    await keep({
      counter: command.counter,
      id: command.id,
      result,
      ...(detail === undefined ? {} : { detail: detail.slice(0, DETAIL_CHARACTERS) }),
      ...(hasGathered ? { gathered: true } : {}),
      told: false,
    });
    logger?.info({ command: command.command, result }, 'command executed');
    await tellQuietly();
  };

  const restore = async (): Promise<void> => {
    if (restored) return;
    const [text, rateText] = await Promise.all([outbox.recall(KEY), outbox.recall(RATE_KEY)]);
    const kept = rateSchema.safeParse(Number(rateText));
    if (rateText !== undefined && kept.success) rate.set(kept.data);
    if (text !== undefined) {
      state = stateSchema.parse(JSON.parse(text));
      const isCutOff = state.result === undefined || (state.gathered === true && !state.told);
      if (isCutOff) await keep({ ...state, result: 'failed', detail: 'interrupted', told: false });
    }
    restored = true;
  };

  const alone = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const result = last.then(work);
    last = result.catch((error: unknown) => logger?.error({ err: error }, 'the command desk failed'));
    return result;
  };

  return {
    begin: () => alone(restore),
    take: (command) =>
      alone(async () => {
        await restore();
        if (state !== undefined && command.counter <= state.counter) {
          if (command.id === state.id && state.result !== undefined) {
            await keep({ ...state, told: false });
            void alone(tellQuietly);
          }
          return 'replayed';
        }
        await keep({ counter: command.counter, id: command.id, told: false });
        void alone(() => run(command));
        return 'taken';
      }),
    flush() {
      void alone(tellQuietly);
    },
  };
}

/** Code and problem of a fault, which hold nothing personal; of anything else the name alone. */
function describe(error: unknown): string {
  if (!isCountersignError(error)) return error instanceof Error ? error.name : 'unknown';
  const problem = error.details['problem'] ?? error.details['reason'];
  return problem === undefined ? error.code : `${error.code}: ${problem}`;
}
