/**
 * Reading of single values. Central has no NOT NULL besides primary keys, so every reader takes NULL; "no
 * value" of a text is `''`, of a moment `null`, of a score 0.
 */

/**
 * SQL that turns a `timestamp` (UTC, without zone) into epoch seconds as a plain number; see {@link
 * epochSeconds}.
 */
export function epochSql(column: string): string {
  return `extract(epoch FROM ${column})::float8`;
}

/**
 * Whole epoch seconds, or null when there is none. Go's zero time (year 1), `infinity` and everything else
 * before 1970 mean "unknown"; 0 itself is real, reproducible builds use it.
 */
export function epochSeconds(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.floor(value) : null;
}

/** A finite score, 0 when there is none. */
export function score(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** A text, `''` when there is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An integer, or null. */
export function integer(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) ? value : null;
}

/** A truth value, or null when unknown. */
export function truth(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** Severity 0 to 4 (unknown, low, moderate, important, critical); whatever else is unknown. */
export function severity(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 4 ? value : 0;
}
