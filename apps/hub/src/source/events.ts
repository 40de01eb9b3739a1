import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { SourceEvent } from '@pratique/hub/contract';
import type { HubContext } from '../context.ts';
import { callerOf, type HubServer } from '../http.ts';
import { createEventStreams } from './event-streams.ts';
import { sourceEvent } from './state.ts';

const EventsQuery = Type.Object({
  once: Type.Boolean({ default: false, description: 'send the present state and end, for scripts' }),
  dev_person: Type.Optional(
    Type.String({
      maxLength: 255,
      description: 'dev mode only: stands for the header X-Dev-Person, which a browser cannot send here',
    }),
  ),
});

/** Described as what it carries; sent as a stream, which is never looked at as a whole. */
const EventStream = Type.Unsafe<Readable>({
  description: 'A stream of events named source',
  content: { 'text/event-stream': { schema: SourceEvent } },
});

/** A person has a few windows open; a thousand connections cost this process some ten megabytes. */
const limits = { maxPerIdentity: 10, maxOpen: 1_000 };
const lookMs = 500;
/** Proxies close what is silent for a minute, some for half of one. */
const keepAliveMs = 20_000;
/** How long somebody should wait who has, or finds, too many streams open. */
const retrySeconds = 60;

/** `GET /api/events`: server-sent events, so that an open console notices new data without asking. */
export function registerEvents(app: HubServer, context: HubContext): void {
  const streams = createEventStreams({
    event: 'source',
    read: () => sourceEvent(context),
    lookMs,
    keepAliveMs,
    retrySeconds,
    ...limits,
  });
  // Before the server waits for running answers: these would never end by themselves.
  app.addHook('preClose', (done) => {
    streams.stop();
    done();
  });
  function openFor(identity: string, reply: FastifyReply): Readable {
    try {
      return streams.open(identity);
    } catch (error) {
      void reply.header('Retry-After', String(retrySeconds));
      throw error;
    }
  }
  app.get('/api/events', {
    config: { devPersonInQuery: true },
    schema: {
      summary: 'Server-sent events: the version, state and age of the data, at once and at every change',
      querystring: EventsQuery,
      response: { 200: EventStream },
    },
    handler: async (request, reply) => {
      void reply.type('text/event-stream; charset=utf-8').header('X-Accel-Buffering', 'no');
      // A question about the headers alone has nobody who would ever close the stream.
      if (request.query.once || request.method === 'HEAD') {
        return await reply.send(Readable.from([`event: source\ndata: ${JSON.stringify(sourceEvent(context))}\n\n`]));
      }
      return await reply.send(openFor(callerOf(request).id, reply));
    },
  });
}
