import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TOPICS } from '#built/contract/topics.js';

const run = promisify(execFile);
const DOCS = new URL('../../../docs/', import.meta.url);

type Tree = { readonly [key: string]: Tree | string | number | boolean };

/** Every `$ref` in a document. */
function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' ? [String(value)] : references(value),
  );
}

function follow(document: Tree, pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Tree | undefined)?.[key], document);
}

describe('the published contract', () => {
  it('is what the schemas in the code say', async () => {
    await run(process.execPath, [
      new URL('../../../scripts/write-contract.mjs', import.meta.url).pathname,
      '--check',
    ]);
  });

  it('has every topic once, with QoS, retain and direction as the code has them', async () => {
    const document = parse(await readFile(new URL('asyncapi.yaml', DOCS), 'utf8')) as {
      asyncapi: string;
      channels: Record<string, { address: string }>;
      operations: Record<string, { action: string; bindings: { mqtt: { qos: number; retain: boolean } } }>;
    };
    expect(document.asyncapi).toBe('3.0.0');
    for (const [name, { level, direction, qos, retain }] of Object.entries(TOPICS)) {
      expect(document.channels[name]?.address).toBe(`countersign/v1/{terminalId}/${level}`);
      expect(document.operations[name]?.action).toBe(direction === 'up' ? 'send' : 'receive');
      expect(document.operations[name]?.bindings.mqtt).toMatchObject({ qos, retain });
    }
    expect(Object.keys(document.channels)).toHaveLength(Object.keys(TOPICS).length);
  });

  it('refers to nothing that is not there', async () => {
    const document = parse(await readFile(new URL('asyncapi.yaml', DOCS), 'utf8')) as Tree;
    const found = references(document);
    expect(found.length).toBeGreaterThan(50);
    for (const each of found) {
      if (each.startsWith('#/')) expect([each, follow(document, each)]).not.toEqual([each, undefined]);
      else expect(JSON.parse(await readFile(new URL(each, DOCS), 'utf8'))).toHaveProperty('type', 'object');
    }
  });
});
