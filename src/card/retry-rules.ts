import { isCountersignError } from '../domain/errors.js';

/** What the reader does about a fault in the middle of a read. */
export type Remedy = 'look-again' | 'place-again' | 'reset' | 'give-up';

const MOST_SELECT_FAILURES = 3;
const MOST_LINK_FAILURES = 3;
const MOST_AUTHENTICATION_FAILURES = 3;
/** The first two times another try may do; then the module is reset, once; then it is out of order. */
const UNSURE_BEFORE_RESET = 2;

/**
 * Retry rules of one `read`: counts its faults and says what to do about each. What a person can cure is waited out
 * for ever; what no hand on a card cures is not.
 */
export class RetryRules {
  #selects = 0;
  #links = 0;
  #damagedReads = 0;
  #authentications = 0;
  #unsure = 0;

  /** The module answered that no card is there: the line works, and the next card begins anew. */
  cardAbsent(): void {
    this.#selects = 0;
    this.#links = 0;
    this.#authentications = 0;
  }

  /** `duringRead`: a card had been found, so that the module may refuse to find it again before it is lifted. */
  remedy(error: unknown, duringRead: boolean): Remedy {
    if (!isCountersignError(error)) return 'give-up';
    switch (error.code) {
      case 'CARD_NOT_FOUND':
        return 'look-again';
      case 'CARD_READ_FAILED':
      case 'CARD_UNSUPPORTED':
        return 'place-again';
      case 'CARD_SELECT_FAILED':
        this.#selects += 1;
        return this.#selects % MOST_SELECT_FAILURES === 0 ? 'place-again' : 'look-again';
      case 'CARD_AUTHENTICATION':
        this.#authentications += 1;
        return this.#authentications >= MOST_AUTHENTICATION_FAILURES ? 'give-up' : 'place-again';
      case 'CARD_LINK':
      case 'CARD_READER_SILENT':
        return this.#afterLinkFault(duringRead);
      case 'CARD_MODULE_UNSURE':
      case 'CARD_STATUS_UNKNOWN':
        this.#unsure += 1;
        if (this.#unsure <= UNSURE_BEFORE_RESET) return 'look-again';
        return this.#unsure === UNSURE_BEFORE_RESET + 1 ? 'reset' : 'give-up';
      default:
        return 'give-up';
    }
  }

  #afterLinkFault(duringRead: boolean): Remedy {
    if (duringRead) {
      this.#damagedReads += 1;
      return this.#damagedReads >= MOST_LINK_FAILURES ? 'give-up' : 'place-again';
    }
    this.#links += 1;
    return this.#links >= MOST_LINK_FAILURES ? 'give-up' : 'look-again';
  }
}

/**
 * Does the card of the reading before still lie there?
 *
 * Most modules refuse to find a card again before it was lifted, so that "found" means a new placement. Others go on
 * finding it. One look right after a successful read tells which kind it is: found again, then two looks without a
 * card must pass before one counts (a single one may be a flicker of the field).
 */
export class Placement {
  #lies: boolean = false;
  #misses = 0;

  get liesStill(): boolean {
    return this.#lies;
  }

  /** The first look after a successful read. */
  afterRead(foundAgain: boolean): void {
    this.#lies = foundAgain;
    this.#misses = 0;
  }

  /** Every other look; true where a card is there that counts. */
  look(found: boolean): boolean {
    if (!this.#lies) return found;
    this.#misses = found ? 0 : this.#misses + 1;
    if (this.#misses >= 2) this.#lies = false;
    return false;
  }
}
