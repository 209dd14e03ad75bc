import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { signPack } from '../face/packs/signature.js';
import { verifyPack } from '../face/packs/store.js';
import { note, print, printJson } from './output.js';
import { readJsonFile, writeTextFile } from './text-file.js';

const MOST_KEY_BYTES = 4096;

const keySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
  kid: z.string().min(1),
});
type PackKey = z.infer<typeof keySchema>;

/** `countersign models sign`: for whoever publishes packs to their terminals. */
export function modelsSignCommand(): Command {
  return new Command('sign')
    .description('Sign a pack, for terminals that want it (face.packSigners).')
    .argument('<directory>', 'a pack')
    .requiredOption('--key <file>', 'private key (JWK, Ed25519); made where there is none')
    .option('--json', 'print JSON on stdout')
    .addHelpText('after', '\nExample:\n  countersign models sign ./mobilefacenet --key pack-key.json')
    .action(sign);
}

async function sign(directory: string, { key: file, json }: { key: string; json?: boolean }): Promise<void> {
  const { name } = await verifyPack(directory);
  const key = await readOrMakeKey(file);
  const kid = await signPack(directory, key);
  if (json === true) printJson({ name, signedBy: kid });
  else print(`${name} is signed by ${kid}.`);
}

async function readOrMakeKey(file: string): Promise<PackKey> {
  const there = await stat(file).catch(() => undefined);
  if (there !== undefined) return readJsonFile(file, MOST_KEY_BYTES, keySchema);
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = keySchema.parse({ ...jwk, kid: await calculateJwkThumbprint(jwk) });
  await writeTextFile(file, `${JSON.stringify(key, null, 2)}\n`, 0o600);
  const { d: _secret, ...publicKey } = key;
  const signers = `${file.replace(/\.json$/, '')}.signers.json`;
  await writeTextFile(signers, `${JSON.stringify({ keys: [publicKey] }, null, 2)}\n`);
  note(`Made ${file}: it is secret, keep it off the terminals. ${signers} is for them (face.packSigners).`);
  return key;
}
