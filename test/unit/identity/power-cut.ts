import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** What everything that changes the disk rejects with once the power is gone. */
class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

type Call = (...parameters: never[]) => Promise<unknown>;

/** Calls that change the disk; reading goes on, it changes nothing. */
const CHANGING = ['mkdir', 'rename', 'rm', 'chown'] as const;
const CHANGING_BY_HANDLE = ['writeFile', 'chmod', 'sync'] as const;

/**
 * Does `work` on the real file system and takes the power away at its change number `at` (from 0): that one does not
 * take place, of a file that is being written half arrives, and nothing after it takes place either.
 *
 * @returns the changes that took place, and whether the power was cut before `work` had ended
 */
export async function withPowerCut(
  at: number,
  work: () => Promise<unknown>,
): Promise<{ readonly done: readonly string[]; readonly cut: boolean }> {
  const original = { ...fs };
  const done: string[] = [];
  let count = 0;
  const goesThrough = (what: string): boolean => {
    if (count++ >= at) return false;
    done.push(what);
    return true;
  };
  const guarded =
    (what: (first: unknown) => string, call: Call, half: Call = () => Promise.resolve()): Call =>
    async (...parameters) => {
      if (goesThrough(what(parameters[0]))) return call(...parameters);
      if (count === at + 1) await half(...parameters);
      throw new PowerCut(what(parameters[0]));
    };
  const open = async (...parameters: Parameters<typeof fs.open>) => {
    const handle = await original.open(...parameters);
    for (const name of CHANGING_BY_HANDLE) {
      const call = handle[name].bind(handle) as Call;
      const half: Call =
        name === 'writeFile'
          ? (text: string) => original.appendFile(handle, text.slice(0, text.length / 2))
          : () => Promise.resolve();
      Object.assign(handle, { [name]: guarded(() => `${name} of ${String(parameters[0])}`, call, half) });
    }
    return handle;
  };
  try {
    for (const name of CHANGING) {
      const what = (first: unknown): string => `${name} ${String(first)}`;
      Object.assign(fs, { [name]: guarded(what, original[name] as Call) });
    }
    Object.assign(fs, { open });
    syncBuiltinESMExports();
    await work();
    return { done, cut: false };
  } catch (error) {
    if (count <= at) throw error;
    return { done, cut: true };
  } finally {
    Object.assign(fs, original);
    syncBuiltinESMExports();
  }
}
