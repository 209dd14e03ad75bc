/** Markers of ITU-T T.81, table B.1. */
const SOI = 0xd8;
export const EOI = 0xd9;
const SOS = 0xda;
const TEM = 0x01;
/** Below these there are no markers, only reserved codes. */
const FIRST_MARKER = 0xc0;
/** Frame headers that cameras write: baseline, extended, progressive. */
const SOF: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
/** Frame headers that no decoder here reads: lossless, hierarchical, arithmetic. */
const SOF_OTHER: ReadonlySet<number> = new Set([
  0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
]);
/** Precision, height (2 bytes), width (2 bytes): how a frame header begins. */
const SOF_BYTES = 5;

/** `again`: another picture begins within this one. */
export type Verdict = 'open' | 'whole' | 'broken' | 'again';

/** What comes next. `coded` is entropy-coded data, in which FF is followed by 00, a restart or a true marker. */
type Place = 'marker' | 'code' | 'length' | 'length-low' | 'segment' | 'coded' | 'coded-ff';

/**
 * Walks through one JPEG by its markers, from behind its SOI, however the bytes are cut into chunks:
 *
 *     SOI │ FF code length body │ FF code length body │ FF SOS length body │ coded data … │ FF EOI
 *
 * Bodies are skipped by their length: an EXIF thumbnail is a whole JPEG with an EOI of its own.
 */
export class JpegWalk {
  verdict: Verdict = 'open';
  width = 0;
  height = 0;

  #place: Place = 'marker';
  #code = 0;
  #left = 0;
  #scans = 0;
  #header: number[] = [];

  /** An end of a picture was read last, whatever it was the end of. */
  get atEnd(): boolean {
    return this.#code === EOI;
  }

  /** To the next picture; its SOI was read. */
  begin(): void {
    this.verdict = 'open';
    this.width = 0;
    this.height = 0;
    this.#place = 'marker';
    this.#code = 0;
    this.#scans = 0;
    this.#header = [];
  }

  /** Reads on from `at`, up to the end of the chunk or to a verdict; returns the index behind the last byte read. */
  advance(chunk: Uint8Array, at: number): number {
    let next = at;
    while (next < chunk.length && this.verdict === 'open') {
      if (this.#place === 'segment') next = this.#skipBody(chunk, next);
      else if (this.#place === 'coded') next = this.#skipCoded(chunk, next);
      else this.#take(chunk[next++] ?? 0);
    }
    return next;
  }

  #skipBody(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    if (SOF.has(this.#code)) this.#readHeader(chunk.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) this.#place = this.#code === SOS ? 'coded' : 'marker';
    return end;
  }

  #readHeader(bytes: Uint8Array): void {
    this.#header.push(...bytes.subarray(0, SOF_BYTES - this.#header.length));
    const [, high = 0, low = 0, wide = 0, narrow = 0] = this.#header;
    if (this.#header.length < SOF_BYTES) return;
    this.height = high * 256 + low;
    this.width = wide * 256 + narrow;
  }

  #skipCoded(chunk: Uint8Array, at: number): number {
    const ff = chunk.indexOf(0xff, at);
    if (ff === -1) return chunk.length;
    this.#place = 'coded-ff';
    return ff + 1;
  }

  #take(byte: number): void {
    switch (this.#place) {
      case 'marker':
        if (byte === 0xff) this.#place = 'code';
        else this.verdict = 'broken';
        return;
      case 'code':
        // Any number of FF may stand before a code.
        if (byte !== 0xff) this.#takeCode(byte);
        return;
      case 'coded-ff':
        if (byte === 0x00 || isRestart(byte)) this.#place = 'coded';
        else if (byte !== 0xff) this.#takeCode(byte);
        return;
      case 'length':
        this.#left = byte * 256;
        this.#place = 'length-low';
        return;
      default:
        this.#takeLength(this.#left + byte);
    }
  }

  #takeCode(code: number): void {
    this.#code = code;
    if (code === SOI) this.verdict = 'again';
    else if (code === EOI)
      this.verdict = this.#scans > 0 && this.width > 0 && this.height > 0 ? 'whole' : 'broken';
    else if (code === TEM) this.#place = 'marker';
    else if (code < FIRST_MARKER || code === 0xff || isRestart(code) || SOF_OTHER.has(code))
      this.verdict = 'broken';
    else if (code === SOS && this.width === 0) this.verdict = 'broken';
    else if (SOF.has(code) && this.#header.length > 0) this.verdict = 'broken';
    else {
      if (code === SOS) this.#scans++;
      this.#place = 'length';
    }
  }

  /** The length counts its own two bytes. */
  #takeLength(length: number): void {
    const least = SOF.has(this.#code) ? 2 + SOF_BYTES : this.#code === SOS ? 3 : 2;
    if (length < least) {
      this.verdict = 'broken';
      return;
    }
    this.#left = length - 2;
    this.#place = this.#left === 0 ? 'marker' : 'segment';
  }
}

function isRestart(code: number): boolean {
  return code >= 0xd0 && code <= 0xd7;
}
