import leven from 'leven';
import { z } from 'zod';
import { configFault } from './errors.js';
import { configSchema } from './schema.js';

/** The first thing that is wrong, where it stands, and the nearest known key where one was misspelt. */
export function explain(
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

export function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
