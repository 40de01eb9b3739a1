import { Readable } from 'node:stream';
import Type from 'typebox';
import { SourceEvent } from '@pratique/hub/contract';
import type { HubContext } from '../context.ts';
import { callerOf, type HubServer } from '../http.ts';
import { createEventStreams } from './event-streams.ts';
import { sourceEvent } from './state.ts';

const EventsQuery = Type.Object({
  once: Type.Boolean({ default: false, description: 'send the present state and end, for scripts' }),
  dev_person: Type.Optional(
    Type.String({ maxLength: 255, description: 'dev mode only: stands for the header X-Dev-Person, which a browser cannot send here' }),
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

/** `GET /api/events`: server-sent events, so that an open console notices new data without asking. */
export function registerEvents(app: HubServer, context: HubContext): void {
  const streams = createEventStreams({ event: 'source', read: () => sourceEvent(context), lookMs, keepAliveMs, ...limits });
  // Before the server waits for running answers: these would never end by themselves.
  app.addHook('preClose', (done) => {
    streams.stop();
    done();
  });
  app.get('/api/events', {
    config: { devPersonInQuery: true },
    schema: {
      summary: 'Server-sent events: the version, state and age of the data, at once and at every change',
      querystring: EventsQuery,
      response: { 200: EventStream },
    },
    handler: async (request, reply) => {
      void reply.type('text/event-stream; charset=utf-8').header('X-Accel-Buffering', 'no');
      if (request.query.once) {
        return await reply.send(Readable.from([`event: source\ndata: ${JSON.stringify(sourceEvent(context))}\n\n`]));
      }
      return await reply.send(streams.open(callerOf(request).id));
    },
  });
}
