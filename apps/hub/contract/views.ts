/** Saved views: a name for a set of filters, columns and order, kept per person. */
import Type, { type Static } from 'typebox';
import { Instant } from './primitives.ts';

const name = Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' });
/** The query part of a console address, without the question mark. */
const search = Type.String({ maxLength: 2000 });

export const SavedView = Type.Object({
  id: Type.String({ format: 'uuid' }),
  name,
  search,
  created_at: Instant,
  updated_at: Instant,
});
export type SavedView = Static<typeof SavedView>;

/** `POST /api/views`, `PUT /api/views/{id}`. A name is unique per person; at most 50 views each. */
export const SavedViewWrite = Type.Object({ name, search });
export type SavedViewWrite = Static<typeof SavedViewWrite>;
