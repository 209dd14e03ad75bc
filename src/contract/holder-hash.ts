import { createHmac } from 'node:crypto';

/**
 * How an order names the registered holder without saying who it is: HMAC-SHA-256 over the card number, keyed with a
 * one-time key of the order, base64url. The terminal, which holds the card, can check it; the broker cannot guess it.
 *
 * @param key base64url, 16 bytes or more
 * @param number card number as read from the card
 */
export function holderHash(key: string, number: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64url')).update(number, 'utf8').digest('base64url');
}
