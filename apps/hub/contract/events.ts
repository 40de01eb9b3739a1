/** What the hub tells a console that is open: `GET /api/events`, server-sent events. */
import Type, { type Static } from 'typebox';
import { Instant, Nullable } from './primitives.ts';
import { sourceStates } from './words.ts';

/**
 * Data of the event `source`: sent at once, and again whenever the version or the state changed or the source was read.
 * A comment line every 20 seconds keeps proxies from closing the stream.
 */
export const SourceEvent = Type.Object({
  version: Type.Integer(),
  state: Type.Enum(sourceStates),
  data_as_of: Nullable(Instant),
});
export type SourceEvent = Static<typeof SourceEvent>;
