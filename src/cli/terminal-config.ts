import { type LoadOptions, loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { parseSiteConfig, type SiteConfig } from '../config/site.js';
import { isCountersignError } from '../domain/errors.js';
import { readBundle } from '../identity/bundle-file.js';

/** The configuration in force: the terminal's own, and where it says nothing, what its site bundle says. */
export async function loadTerminalConfig(options: LoadOptions): Promise<Config> {
  const own = await loadConfig(options);
  const site = await siteConfigOf(own.stateDirectory);
  return site === undefined ? own : loadConfig({ ...options, site });
}

async function siteConfigOf(stateDirectory: string): Promise<SiteConfig | undefined> {
  try {
    const { configuration } = await readBundle(stateDirectory);
    return configuration === undefined ? undefined : parseSiteConfig(configuration);
  } catch (error) {
    // That there is no bundle, or none that holds, is told by whatever needs an identity.
    if (isCountersignError(error) && error.code.startsWith('IDENTITY_')) return undefined;
    throw error;
  }
}
