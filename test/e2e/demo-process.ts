import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname;

/** The demo as a person starts it: `countersign demo`, in a process of its own. */
export interface DemoProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it said so far. */
  lines(): readonly string[];
  /** Sends Ctrl-C and resolves with how it ended. */
  stop(): Promise<{ code: number | null; signal: string | null; tookMs: number }>;
}

export async function startDemo(...args: string[]): Promise<DemoProcess> {
  const child = spawn(process.execPath, [MAIN, 'demo', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => said.push(line));
  }
  const url = await new Promise<string>((resolve, reject) => {
    const look = setInterval(() => {
      const found = said
        .map((line) => /(http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1])
        .find((each) => each !== undefined);
      if (found === undefined) return;
      clearInterval(look);
      resolve(found);
    }, 50);
    child.once('exit', (code) => {
      clearInterval(look);
      reject(new Error(`the demo ended with ${code}:\n${said.join('\n')}`));
    });
  });
  return {
    url,
    child,
    lines: () => said,
    async stop() {
      const begun = performance.now();
      child.kill('SIGINT');
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      return { code, signal, tookMs: performance.now() - begun };
    },
  };
}
