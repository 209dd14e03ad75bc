import { readFile, stat } from 'node:fs/promises';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { isCountersignError } from '../domain/errors.js';
import { configFault } from './errors.js';
import { explain, firstLine } from './explain.js';
import { type Config, configSchema } from './schema.js';
import { type SiteConfig, withSite } from './site.js';

const DEFAULT_FILE = '/etc/countersign/config.yaml';
const MAX_BYTES = 64 * 1024;

export interface LoadOptions {
  /** `--config`; else COUNTERSIGN_CONFIG; else /etc/countersign/config.yaml. */
  readonly file?: string | undefined;
  /** `--set a.b=c`, later ones win; values are read as YAML. */
  readonly set?: readonly string[] | undefined;
  /** What the site bundle says: holds where the file says nothing. */
  readonly site?: SiteConfig | undefined;
}

/**
 * Reads, overrides and validates the configuration.
 *
 * @throws CONFIG_UNREADABLE, CONFIG_UNKNOWN_KEY (with the nearest known key), CONFIG_INVALID (with path and line)
 */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const named = options.file ?? process.env['COUNTERSIGN_CONFIG'];
  const file = named ?? DEFAULT_FILE;
  const text = await readText(file, named !== undefined);
  return parseConfig(text, { set: options.set, file, site: options.site });
}

/** Only the default file may be missing: then the defaults hold. */
async function readText(file: string, mustExist: boolean): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES)
      throw configFault('INVALID', { details: { file, sizeBytes: size, most: MAX_BYTES } });
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!mustExist && (error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    if (isCountersignError(error)) throw error;
    throw configFault('UNREADABLE', { cause: error, details: { file } });
  }
}

/** Pure part of `loadConfig`: text and overrides to a validated configuration. */
export function parseConfig(
  text: string,
  { set = [], file = 'config', site = {} }: LoadOptions = {},
): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    throw configFault('INVALID', { cause: syntax, details: { file, problem: firstLine(syntax.message) } });
  }
  if (document.contents !== null && !isMap(document.contents)) {
    throw configFault('INVALID', { details: { file, problem: 'the file must hold keys and values' } });
  }
  for (const each of set) applyOverride(document, each);
  const own: unknown = document.toJS({ maxAliasCount: 20 }) ?? {};
  const parsed = configSchema.safeParse(withSite(own as Record<string, unknown>, site));
  if (parsed.success) return parsed.data;
  throw explain(parsed.error, file, (path) => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    return node?.range == null ? undefined : lines.linePos(node.range[0]).line;
  });
}

function applyOverride(document: ReturnType<typeof parseDocument>, text: string): void {
  const at = text.indexOf('=');
  if (at < 1) throw configFault('INVALID', { details: { set: text, problem: '--set takes key.key=value' } });
  const keys = text.slice(0, at).split('.');
  if (keys.includes('__proto__')) throw configFault('INVALID', { details: { set: text } });
  document.setIn(keys, parseDocument(text.slice(at + 1)).toJS());
}
