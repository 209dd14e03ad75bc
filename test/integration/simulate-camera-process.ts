import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The simulated camera as a program that somebody reads: everything it wrote, and the pictures in it. */
export class CameraProcess {
  readonly child: ChildProcess;
  readonly complaints: string[] = [];
  readonly #ended: Promise<unknown[]>;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(...options: string[]) {
    this.child = spawn(process.execPath, [MAIN, 'simulate', 'camera', ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.child, 'exit');
    this.child.stdout?.on('data', (piece: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, piece]);
    });
    this.child.stderr?.on('data', (piece: Buffer) => this.complaints.push(piece.toString()));
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Whole JPEGs so far, from SOI to EOI (the encoder writes no thumbnails). */
  pictures(): Buffer[] {
    const found: Buffer[] = [];
    let at = 0;
    for (;;) {
      const begin = this.#bytes.indexOf(Buffer.of(0xff, 0xd8, 0xff), at);
      const end = begin < 0 ? -1 : this.#bytes.indexOf(Buffer.of(0xff, 0xd9), begin);
      if (end < 0) return found;
      found.push(this.#bytes.subarray(begin, end + 2));
      at = end + 2;
    }
  }

  /** Resolves with the pictures once there are so many. */
  async atLeast(count: number): Promise<Buffer[]> {
    for (;;) {
      const pictures = this.pictures();
      if (pictures.length >= count) return pictures;
      if (this.child.exitCode !== null) throw new Error(`the camera ended: ${this.complaints.join('')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Its exit code, or the signal's name. */
  async ended(): Promise<unknown> {
    const [code, signal] = await this.#ended;
    return code ?? signal;
  }

  async stop(): Promise<unknown> {
    this.child.kill('SIGTERM');
    return await this.ended();
  }
}

/** Writes a control file as the demo does: whole, by renaming it into place. */
export async function tell(file: string, control: object): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(control));
  await rename(`${file}.new`, file);
}
