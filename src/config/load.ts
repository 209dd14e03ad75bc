import { readFile, stat } from 'node:fs/promises';
import leven from 'leven';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { isCountersignError } from '../domain/errors.js';
import { configFault } from './errors.js';
import { type Config, configSchema } from './schema.js';

const DEFAULT_FILE = '/etc/countersign/config.yaml';
const MAX_BYTES = 64 * 1024;

export interface LoadOptions {
  /** `--config`; else COUNTERSIGN_CONFIG; else /etc/countersign/config.yaml. */
  readonly file?: string | undefined;
  /** `--set a.b=c`, later ones win; values are read as YAML. */
  readonly set?: readonly string[] | undefined;
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
  return parseConfig(text, options.set ?? [], file);
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
export function parseConfig(text: string, set: readonly string[] = [], file = 'config'): Config {
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
  const parsed = configSchema.safeParse(document.toJS({ maxAliasCount: 20 }) ?? {});
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

function explain(
  error: z.ZodError,
  file: string,
  lineOf: (path: PropertyKey[]) => number | undefined,
): Error {
  const issue = error.issues[0];
  if (issue === undefined) return configFault('INVALID', { details: { file } });
  const line = lineOf(issue.path);
  const where = { file, ...(line === undefined ? {} : { line }) };
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const nearest = nearestKey(key, issue.path);
    return configFault('UNKNOWN_KEY', {
      details: {
        ...where,
        key: [...issue.path, key].join('.'),
        ...(nearest === undefined ? {} : { didYouMean: nearest }),
      },
    });
  }
  return configFault('INVALID', {
    details: { ...where, key: issue.path.join('.'), problem: firstLine(issue.message) },
  });
}

/** Nearest known key at the same place, if one is near enough to be a slip of the finger. */
function nearestKey(key: string, place: readonly PropertyKey[]): string | undefined {
  let schemas: readonly JsonSchema[] = [z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema];
  for (const step of place)
    schemas = variants(schemas).flatMap((each) => each.properties?.[String(step)] ?? []);
  const [best] = [...new Set(variants(schemas).flatMap(({ properties = {} }) => Object.keys(properties)))]
    .map((each) => ({ each, distance: leven(each.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, key.length / 3) ? best.each : undefined;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Where a driver is chosen, the keys of every driver are known ones. */
function variants(schemas: readonly JsonSchema[]): readonly JsonSchema[] {
  return schemas.flatMap((each) => [each, ...variants([...(each.anyOf ?? []), ...(each.oneOf ?? [])])]);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
