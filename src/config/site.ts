import { z } from 'zod';
import { explain } from './explain.js';
import { configSchema } from './schema.js';

const { uplink, outbox, log } = configSchema.shape;
const siteConfigSchema = z.strictObject({
  uplink: uplink.optional(),
  outbox: outbox.optional(),
  log: log.optional(),
});

/** Sections as the carrier wrote them: what they leave out is left to the terminal. */
export type SiteConfig = Readonly<
  Partial<Record<keyof typeof siteConfigSchema.shape, Readonly<Record<string, unknown>>>>
>;

/**
 * What a carrier may set from afar. Devices, their programs and directories stay with whoever stands at the terminal: no
 * bundle makes a terminal run a program.
 *
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_INVALID
 */
export function parseSiteConfig(value: Readonly<Record<string, unknown>>): SiteConfig {
  const { error } = siteConfigSchema.safeParse(value);
  if (error !== undefined) throw explain(error, 'site bundle', () => undefined);
  return value as SiteConfig;
}

/** The terminal's own values go before those of its site. */
export function withSite(
  own: Readonly<Record<string, unknown>>,
  site: SiteConfig,
): Readonly<Record<string, unknown>> {
  const joined = Object.entries(site).map(([section, values]) => {
    const here = own[section] ?? {};
    return [section, typeof here === 'object' ? { ...values, ...here } : here];
  });
  return { ...own, ...Object.fromEntries(joined) };
}
