/** Longest "remaining length" field of an MQTT packet (MQTT 5 §1.5.5). */
const MOST_LENGTH_BYTES = 4;

/**
 * Follows the packets in a byte stream by their lengths alone. MQTT.js gathers a packet until it is whole, up to
 * 256 MB; in MQTT 3.1.1 nothing else keeps a broker from sending one.
 */
export interface PacketMeter {
  /** Takes the next bytes; true when a packet begins that is larger than allowed, or that is no packet. */
  exceeds(chunk: Uint8Array): boolean;
}

export function createPacketMeter(mostBytes: number): PacketMeter {
  /** Bytes of the present packet's body that are still to come. */
  let body = 0;
  /** -1 before the first byte of a packet, else bytes of its length field so far. */
  let lengthBytes = -1;
  let length = 0;

  /** Reads one byte of a fixed header; true when it cannot be. */
  const header = (byte: number): boolean => {
    if (lengthBytes < 0) {
      lengthBytes = 0;
      length = 0;
      return false;
    }
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes++;
    if (length > mostBytes || (byte >= 0x80 && lengthBytes === MOST_LENGTH_BYTES)) return true;
    if (byte < 0x80) {
      body = length;
      lengthBytes = -1;
    }
    return false;
  };

  return {
    exceeds(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (body > 0) {
          const step = Math.min(body, chunk.length - at);
          body -= step;
          at += step;
        } else {
          if (header(chunk[at] ?? 0)) return true;
          at++;
        }
      }
      return false;
    },
  };
}
