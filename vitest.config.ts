import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers only make real devices and brokers wait for one another.
    maxWorkers: 2,
    pool: 'forks',
    // Real devices, brokers and browsers on a shared machine: CI gives a failed test one more try and its log names it.
    // At a desk there is none, so that the cause is seen and cured.
    retry: process.env['CI'] === undefined ? 0 : 1,
  },
});
