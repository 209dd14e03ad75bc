// Writes docs/config.schema.json from the schema that validates the configuration. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { configSchema } from '../dist/config/schema.js';

const file = new URL('../docs/config.schema.json', import.meta.url);
const schema = { title: 'Countersign configuration', ...z.toJSONSchema(configSchema, { io: 'input' }) };
const text = `${JSON.stringify(schema, null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write('docs/config.schema.json is stale: node scripts/write-config-schema.mjs\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, text);
}
