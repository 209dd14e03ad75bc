import { isAbsolute, join, resolve } from 'node:path';

/** Directory of the pack to be evaluated; undefined for the model that comes with the program. */
export function evaluationPack(name: string, stateDirectory: string): string | undefined {
  if (name === 'built-in') return undefined;
  const isPath = isAbsolute(name) || name.includes('/') || name === '.' || name === '..';
  return isPath ? resolve(name) : join(stateDirectory, 'models', name);
}
