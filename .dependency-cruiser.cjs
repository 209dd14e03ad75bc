/** The arrows of the house (ARCHITECTURE.md). Every rule is proved by a planted violation in test/house.test.ts. */
const CELLAR = 'src/(domain|contract)/';
const GROUND = ['card', 'camera', 'face', 'lights', 'outbox', 'identity', 'config', 'clock'];
const FIRST = ['visit', 'screen', 'uplink', 'health'];
const PORT = `src/(${GROUND.join('|')})/port\\.ts$`;

const room = (name) => `src/${name}/`;
const notIn = (...paths) => `^(?!(${paths.join('|')}))src/`;

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      severity: 'error',
      from: { orphan: true, pathNot: ['src/main\\.ts$', '\\.d\\.ts$', 'src/carrier/carrier\\.ts$'] },
      to: {},
    },
    {
      name: 'domain-imports-nothing',
      severity: 'error',
      from: { path: 'src/domain/' },
      to: { pathNot: 'src/domain/' },
    },
    {
      name: 'contract-imports-domain-only',
      severity: 'error',
      from: { path: 'src/contract/' },
      to: { path: '^src/', pathNot: CELLAR },
    },
    ...GROUND.map((name) => ({
      name: `ground-${name}`,
      severity: 'error',
      from: { path: room(name) },
      to: { path: notIn(room(name), CELLAR) },
    })),
    ...FIRST.map((name) => ({
      name: `first-floor-${name}`,
      severity: 'error',
      from: { path: room(name) },
      to: { path: notIn(room(name), CELLAR, PORT) },
    })),
    {
      name: 'drivers-through-the-table',
      severity: 'error',
      from: { pathNot: 'src/drivers\\.ts$' },
      to: { path: '-driver\\.ts$' },
    },
    {
      name: 'terminal-from-cli',
      severity: 'error',
      from: { pathNot: 'src/cli/' },
      to: { path: 'src/terminal\\.ts$' },
    },
    {
      name: 'simulator-across-the-street',
      severity: 'error',
      from: { path: room('simulator') },
      to: { path: notIn(room('simulator'), CELLAR, 'src/card/(frame|command|text-block|codes)\\.ts$') },
    },
    {
      name: 'simulator-from-demo-and-simulate',
      severity: 'error',
      // A model pack is tried on synthetic people before it is used.
      from: { path: '^src/', pathNot: ['src/simulator/', 'src/cli/(demo|simulate|models-people)'] },
      to: { path: room('simulator') },
    },
    {
      name: 'carrier-another-house',
      severity: 'error',
      from: { path: room('carrier') },
      to: { path: notIn(room('carrier'), CELLAR) },
    },
    {
      name: 'carrier-from-cli-and-simulator-world',
      severity: 'error',
      from: { path: '^src/', pathNot: ['src/carrier/', 'src/cli/'] },
      to: { path: room('carrier') },
    },
    {
      name: 'no-dev-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'not-resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['@tensorflow/tfjs-node', 'node:sqlite'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.build.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
