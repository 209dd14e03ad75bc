import { LIMITS } from '../contract/limits.js';

/** The last lines of the log, kept in memory for whoever asks from afar; takes them as pino gives them. */
export interface RecentLogs {
  write(line: string): void;
  /** Oldest first, without line ends. */
  lines(): readonly string[];
}

/** @param mostBytes of all lines together; older ones give way, and a line longer than that is left out */
export function createRecentLogs(mostBytes: number = LIMITS.logBytes): RecentLogs {
  const kept: { readonly text: string; readonly bytes: number }[] = [];
  let sum = 0;
  return {
    write(line) {
      const text = line.trimEnd();
      const bytes = Buffer.byteLength(text);
      if (bytes > mostBytes) return;
      kept.push({ text, bytes });
      sum += bytes;
      while (sum > mostBytes) sum -= kept.shift()?.bytes ?? sum;
    },
    lines: () => kept.map(({ text }) => text),
  };
}
