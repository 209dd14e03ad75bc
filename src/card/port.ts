import type { CardPhoto, CardRead } from '../domain/card.js';
import type { Check } from '../domain/check.js';
import type { RgbImage } from '../domain/image.js';

export { checkCard } from './validity.js';

/** What the reader sees while it waits, told to the person by the page. */
export type ReaderEvent =
  | { readonly type: 'waiting' }
  | { readonly type: 'found' }
  /** Bytes of the answer so far, of about 1,295. */
  | { readonly type: 'reading'; readonly received: number; readonly expected: number }
  /** Lift the card and place it again. */
  | { readonly type: 'place-again'; readonly code: string };

/** What one placement of a card gave. */
export interface CardReading extends CardRead {
  /** Additional addresses: only where they were wished for and the module could tell; empty where the card has none. */
  readonly addresses?: readonly string[];
}

/** What a `read` brings beyond text and photo. The service wishes for nothing: it needs nothing more. */
export interface ReadWish {
  /** Ask for the additional addresses, too (a second command, about 300 bytes). */
  readonly addresses?: boolean;
}

export interface ReaderCheck extends Check {
  /** Present where a module answers. */
  readonly module?: { readonly samId: string; readonly path: string; readonly baudRate: number };
}

/**
 * A reader of ID cards, open for the service's life. An instance is used once: after `close` make a new one.
 *
 * - `read` waits for a card, reads it once and resolves; a card that lay there already in an earlier read does not
 *   count until it was lifted. One `read` at a time: a second one rejects with `CARD_READER_BUSY`.
 * - Aborting the signal rejects with an `AbortError` within 100 ms and leaves the reader ready.
 * - What a person can cure (card lifted in mid-read, not recognised) is told through `watch` and waited out.
 * - A card that the reader's security module holds for false rejects with `CARD_NOT_GENUINE`.
 * - A port that is gone rejects with `CARD_READER_GONE`; the next `read` opens it again, also under another name.
 * - `check` proves that the module answers; it never throws.
 * - `close` is idempotent, ends a `read` in progress with an `AbortError`, and leaves no descriptor or listener.
 */
export interface CardReader {
  read(signal: AbortSignal, watch?: (event: ReaderEvent) => void, wish?: ReadWish): Promise<CardReading>;
  check(): Promise<ReaderCheck>;
  close(): Promise<void>;
}

/**
 * Turns a card's photo into pixels (102x126 on resident cards).
 *
 * - Rejects with `CARD_PHOTO_NO_DECODER`, `CARD_PHOTO_DECODER_FAILED` or `CARD_PHOTO_INVALID`, or an `AbortError`.
 * - The result is the caller's to wipe.
 */
export interface PhotoDecoder {
  decode(photo: CardPhoto, signal: AbortSignal): Promise<RgbImage>;
  check(): Promise<Check>;
}
