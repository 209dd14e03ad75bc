import { fstatSync } from 'node:fs';

/** Is stdin another program's pipe, rather than a console or the null device of a service? */
export function stdinIsPiped(): boolean {
  const stdin = fstatSync(0);
  return stdin.isFIFO() || stdin.isSocket();
}
