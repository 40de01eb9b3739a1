import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import type { SavedView, SavedViewWrite } from '@pratique/hub/contract';
import type { AppDatabase } from '../database/schema.ts';
import { hubFault, notFound } from '../errors.ts';
import type { HubFault } from '../errors.ts';

/** A person finds nothing again among more; the console shows them all in one menu. */
export const maxViews = 50;

const columns = ['id', 'name', 'search', 'created_at', 'updated_at'] as const;
type Row = {
  readonly id: string;
  readonly name: string;
  readonly search: string;
  readonly created_at: Date;
  readonly updated_at: Date;
};

/** The views of a person by name. */
export async function listViews(db: Kysely<AppDatabase>, userId: string): Promise<SavedView[]> {
  const rows = await db
    .selectFrom('saved_views')
    .select(columns)
    .where('user_id', '=', userId)
    .orderBy('name')
    .orderBy('id')
    .limit(maxViews)
    .execute();
  return rows.map(presentView);
}

/**
 * Keeps a new view.
 *
 * @throws Fault `conflict` when the name is taken or there are 50 views already
 */
export async function createView(db: Kysely<AppDatabase>, userId: string, view: SavedViewWrite): Promise<SavedView> {
  return await explainingConflicts(view.name, () =>
    db.transaction().execute(async (change) => {
      // Two requests at once must not both find room for the last view: the person's row is the queue they stand in.
      await sql`select 1 from users where id = ${userId} for no key update`.execute(change);
      const { count } = await change
        .selectFrom('saved_views')
        .select(sql<number>`count(*)::int`.as('count'))
        .where('user_id', '=', userId)
        .executeTakeFirstOrThrow();
      if (count >= maxViews) throw tooMany();
      const row = await change
        .insertInto('saved_views')
        .values({ user_id: userId, name: view.name.trim(), search: view.search })
        .returning(columns)
        .executeTakeFirstOrThrow();
      return presentView(row);
    }),
  );
}

/** Which view of whom. */
export interface ViewKey {
  readonly userId: string;
  readonly id: string;
}

/**
 * Changes a view of the person's own.
 *
 * @throws Fault `not-found` also for somebody else's, `conflict` when the name is taken
 */
export async function changeView(
  db: Kysely<AppDatabase>,
  { userId, id }: ViewKey,
  view: SavedViewWrite,
): Promise<SavedView> {
  const row = await explainingConflicts(view.name, () =>
    db
      .updateTable('saved_views')
      .set({ name: view.name.trim(), search: view.search, updated_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .returning(columns)
      .executeTakeFirst(),
  );
  if (row === undefined) throw notFound('The saved view');
  return presentView(row);
}

/**
 * Removes a view of the person's own.
 *
 * @throws Fault `not-found` also for somebody else's
 */
export async function removeView(db: Kysely<AppDatabase>, { userId, id }: ViewKey): Promise<void> {
  const removed = await db
    .deleteFrom('saved_views')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw notFound('The saved view');
}

function presentView(row: Row): SavedView {
  return { ...row, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString() };
}

const uniqueViolation = '23505';
const nameConstraint = 'uq_saved_views_user_name';

async function explainingConflicts<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, constraint } = error as { readonly code?: unknown; readonly constraint?: unknown };
    if (code === uniqueViolation && constraint === nameConstraint) throw nameTaken(name);
    throw error;
  }
}

function nameTaken(name: string): HubFault {
  return hubFault({
    code: 'conflict',
    message: `You have a view named "${name.trim()}" already.`,
    hint: 'Choose another name, or change that view.',
    values: { name: name.trim() },
  });
}

function tooMany(): HubFault {
  return hubFault({
    code: 'conflict',
    message: `You have ${maxViews} saved views, which is as many as are kept.`,
    hint: 'Remove one you no longer need.',
    values: { limit: maxViews },
  });
}
