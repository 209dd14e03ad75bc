import type { Lights } from './port.js';

/** No lamps: the page alone says how things stand. */
export function createNoLights(): Lights {
  return {
    show() {},
    async check() {
      return { name: 'lights', ok: true, detail: 'none are configured' };
    },
    async close() {},
  };
}
