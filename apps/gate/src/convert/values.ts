/** Values of unknown shape, asked carefully. */

/** A map of a values file. */
export type Values = Record<string, unknown>;

/** The value where it is a map, an empty one otherwise. */
export function mapOf(value: unknown): Values {
  return isMap(value) ? value : {};
}

/** Whether it is a map. */
export function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value where it is a list, an empty one otherwise. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value where it is text that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Whether a flag is on, as `true` or as `{enabled: true}`; undefined where it is neither on nor off. */
export function flagOf(value: unknown): boolean | undefined {
  const flag = isMap(value) ? value['enabled'] : value;
  if (typeof flag === 'boolean') return flag;
  return flag === 'true' ? true : flag === 'false' ? false : undefined;
}

/** The map without entries that are undefined. */
export function compact(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** `snake_case` as `camelCase`; other names as they are. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** All keys of a map renamed by a table first and to camelCase otherwise; what is inside stays as it is. */
export function renameKeys(values: Values, names: Readonly<Record<string, string>> = {}): Values {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [Object.hasOwn(names, key) ? names[key] : camelCase(key), value]),
  );
}

/** Names of the keys that {@link renameKeys} would change. */
export function oldNames(values: Values, names: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.keys(values).filter((key) => (Object.hasOwn(names, key) ? names[key] : camelCase(key)) !== key);
}
