import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { isCountersignError } from '../domain/errors.js';
import { screenFault } from './errors.js';
import { createEventStream } from './event-stream.js';
import { isOwnRequest, SECURITY_HEADERS } from './guard.js';
import type { Screen, ScreenCounter, ScreenFacts, SimulatorBar } from './port.js';
import { addRoutes, statusOf } from './routes.js';

export interface ScreenOptions {
  /** A name or address of this computer itself. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
}

export interface ScreenDeps {
  readonly counter: ScreenCounter;
  readonly facts: ScreenFacts;
  readonly simulator?: SimulatorBar;
  readonly logger?: Logger;
}

const PAGE = fileURLToPath(new URL('./page/', import.meta.url));
/** A dispute of 200 handles is the largest body there is. */
const MOST_BODY_BYTES = 64 * 1024;
/** A page on the same computer needs no longer for a request; who does is holding a connection. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Opens the page. Throws `SCREEN_ADDRESS_IN_USE` or `SCREEN_PAGE_MISSING`. */
export async function createScreen(options: ScreenOptions, deps: ScreenDeps): Promise<Screen> {
  await access(`${PAGE}index.html`).catch((cause: unknown) => {
    throw screenFault('PAGE_MISSING', { cause });
  });
  const app = fastify({
    bodyLimit: MOST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Event streams never end by themselves.
    forceCloseConnections: true,
  });
  guard(app, deps.logger);
  await app.register(fastifyStatic, { root: PAGE, cacheControl: false, dotfiles: 'deny' });
  const events = createEventStream(deps.counter);
  addRoutes(app, { ...deps, events });

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    events.close();
    closed ??= app.close();
    return closed;
  };
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    await close();
    throw screenFault('ADDRESS_IN_USE', { cause, details: { host: options.host, port: options.port } });
  }
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${portOf(app)}`, close };
}

function portOf(app: FastifyInstance): number {
  const [address] = app.addresses();
  return typeof address === 'object' ? address.port : 0;
}

/** The door: nothing of ours is reached by a request that is not our page's. */
function guard(app: FastifyInstance, logger: Logger | undefined): void {
  // Only JSON: a form of another site cannot send that without asking first, and is refused then.
  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (!isOwnRequest(request.headers, portOf(app))) throw screenFault('FOREIGN_REQUEST');
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    // Fastify's own refusals (too large, not JSON) carry their status.
    const refused = error.statusCode ?? 500;
    const status = isCountersignError(error) ? statusOf(error) : refused;
    if (status >= 500) logger?.error({ err: error }, 'a request failed');
    else logger?.debug({ code: codeOf(error), status }, 'a request was refused');
    return reply.code(status).send({ code: codeOf(error) });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ code: 'SCREEN_NOT_FOUND' }));
}

function codeOf(error: unknown): string {
  return isCountersignError(error) ? error.code : 'SCREEN_REQUEST_REFUSED';
}
