/** Bounds of everything that crosses the wire. */
export const LIMITS = {
  /** AWS IoT Core and others refuse more than 128 KB. */
  messageBytes: 128 * 1024,
  /** People of one visit. */
  people: 2,
  /** Numbers in one answer to `numbers-in-my-name`. */
  numbers: 200,
  /** Bytes of log lines in one answer: sealed and signed they are twice as many. */
  logBytes: 48 * 1024,
  /** A site bundle on the line: within a signed message it is encoded once more, and is not the only thing in it. */
  bundleBytes: 64 * 1024,
  /** Characters of an identifier. */
  id: 64,
} as const;
