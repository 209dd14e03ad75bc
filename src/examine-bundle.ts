import type { Config } from './config/schema.js';
import { parseSiteConfig } from './config/site.js';
import type { SiteBundle } from './contract/site-bundle.js';
import { parsePolicy } from './visit/policy.js';

/**
 * Refuses a site bundle whose policy or configuration the service would refuse at its next start.
 *
 * @throws VISIT_POLICY_INVALID, CONFIG_INVALID, CONFIG_UNKNOWN_KEY
 */
export function examineSiteBundle(config: Config, { policy = {}, configuration = {} }: SiteBundle): void {
  parsePolicy(config.policy, policy);
  parseSiteConfig(configuration);
}
