import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;

/** What a carrier's own program does with the package: by its public names alone. */
const PROGRAM = `
  import { createCarrier } from 'countersign/carrier';
  import { createCarrierKeys } from 'countersign/carrier/keys';
  import { openSqliteCarrierStore } from 'countersign/carrier/sqlite-store';
  const store = await openSqliteCarrierStore(':memory:');
  const carrier = createCarrier({ keys: await createCarrierKeys(), store });
  const refused = await carrier.receive('nobody', 'a.b.c').catch((error) => error.code);
  console.log(JSON.stringify({ refused, audit: await carrier.audit('nobody') }));
  await store.close();
`;

it('is a library that a carrier imports by name', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    cwd: ROOT,
  });
  expect(JSON.parse(stdout)).toMatchObject({
    refused: 'CARRIER_TERMINAL_UNKNOWN',
    audit: { last: 0, missing: [], broken: [] },
  });
});
