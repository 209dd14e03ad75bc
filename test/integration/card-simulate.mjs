// Runs one far side without the rest of the program: `node card-simulate.mjs reader|decoder|card …`.
const [, , which = '', ...rest] = process.argv;
const load = {
  reader: async () => (await import('#built/cli/simulate/reader.js')).simulateReaderCommand(),
  decoder: async () => (await import('#built/cli/simulate/decoder.js')).simulateDecoderCommand(),
}[which];
await (await load()).parseAsync(rest, { from: 'user' });
