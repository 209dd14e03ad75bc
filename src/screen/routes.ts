import type { FastifyInstance } from 'fastify';
import { isCountersignError } from '../domain/errors.js';
import { screenFault } from './errors.js';
import type { EventStream } from './event-stream.js';
import type { ScreenCounter, ScreenFacts, SimulatorBar } from './port.js';
import { actionSchema, choiceSchema, orderSchema, parseBody, visitRequestSchema } from './requests.js';
import { WORDS } from './words.js';

export interface RouteDeps {
  readonly counter: ScreenCounter;
  readonly events: EventStream;
  readonly facts: ScreenFacts;
  readonly simulator?: SimulatorBar;
}

/** Everything that the page asks for beside its own files. */
export function addRoutes(app: FastifyInstance, { counter, events, facts, simulator }: RouteDeps): void {
  app.get('/words', async () => ({ words: WORDS, facts, simulator: simulator !== undefined }));

  app.get('/events', (_request, reply) => {
    reply.hijack();
    if (events.join(reply.raw)) return;
    reply.raw.writeHead(503, { 'retry-after': '10' }).end(screenFault('TOO_MANY_VIEWERS').code);
  });

  app.get('/preview', async (_request, reply) => {
    const frame = counter.preview();
    if (frame === undefined) return reply.code(204).send();
    // A copy: the visit wipes its frames, and half of this one may not have been sent by then.
    return reply.type('image/jpeg').send(Buffer.from(frame));
  });

  app.get('/health', async () => {
    const { stage, offline = false, faults = [] } = counter.view();
    return { ok: stage !== 'out-of-service', stage, offline, faults, ...facts };
  });

  app.post('/api/visit', async (request, reply) => {
    const { service, language } = parseBody(visitRequestSchema, request.body);
    const visitId = await counter.start({ service, ...(language === undefined ? {} : { language }) });
    return reply.code(201).send({ visitId });
  });

  app.post('/api/act', async (request) => ({ accepted: counter.act(parseBody(actionSchema, request.body)) }));

  if (simulator !== undefined) addSimulator(app, simulator);
}

function addSimulator(app: FastifyInstance, simulator: SimulatorBar): void {
  const present = () => {
    const { person = null, card = null } = simulator.state();
    return { people: simulator.people(), cards: simulator.cards(), state: { person, card } };
  };
  app.get('/api/simulator', async () => present());
  const demandKnown = (list: readonly { readonly id: string }[], id: string | null | undefined): void => {
    if (typeof id !== 'string' || list.some((each) => each.id === id)) return;
    throw screenFault('REQUEST_INVALID', { details: { problem: 'unknown id' } });
  };
  app.post('/api/simulator', async (request) => {
    const { person, card } = parseBody(choiceSchema, request.body);
    demandKnown(simulator.people(), person);
    demandKnown(simulator.cards(), card);
    await simulator.choose({
      ...(person === undefined ? {} : { person }),
      ...(card === undefined ? {} : { card }),
    });
    return present();
  });
  app.post('/api/simulator/order', async (request) => {
    const { card } = parseBody(orderSchema, request.body);
    demandKnown(simulator.cards(), card);
    await simulator.order(card);
    return present();
  });
}

/** The status under which a fault is answered; the body tells the code, and never a value or a stack. */
export function statusOf(error: unknown): number {
  if (!isCountersignError(error)) return 500;
  switch (error.code) {
    case 'SCREEN_REQUEST_INVALID':
      return 400;
    case 'SCREEN_FOREIGN_REQUEST':
      return 403;
    case 'VISIT_BUSY':
      return 409;
    case 'VISIT_OUT_OF_SERVICE':
      return 503;
    default:
      return 500;
  }
}
