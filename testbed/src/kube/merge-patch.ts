/** RFC 7396, and the strategic merge that kubectl sends for built-in kinds. */

type Fields = Record<string, unknown>;

/** Fields replace, null removes. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** By what entries of a list are told apart; lists that are not named here are replaced. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  webhooks: ['name'],
  matchConditions: ['name'],
  secrets: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  tolerations: [],
};

/**
 * Merges as the real server does for built-in kinds: lists of named things by their names, `$patch: delete` and `replace`
 * obeyed, `$setElementOrder` used for nothing but new order.
 */
export function strategicMerge(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  if (patch['$patch'] === 'replace') return without(patch, '$patch');
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = mergeList(key, result[key], value);
    else result[key] = strategicMerge(result[key], value);
  }
  for (const [key, order] of Object.entries(patch)) reorder(result, key, order);
  return result;
}

function mergeList(key: string, target: unknown, patch: readonly unknown[]): unknown {
  const keys = mergeKeys[key] ?? [];
  const name = keys.find((field) => patch.some((entry) => isFields(entry) && field in entry));
  if (name === undefined || !Array.isArray(target)) return patch.filter((entry) => !isDeleted(entry));
  const result: unknown[] = [...target];
  for (const entry of patch) {
    const index = result.findIndex((old) => isFields(old) && isFields(entry) && old[name] === entry[name]);
    if (isDeleted(entry)) result.splice(index === -1 ? result.length : index, 1);
    else if (index === -1) result.push(entry);
    else result[index] = strategicMerge(result[index], entry);
  }
  return result;
}

function reorder(result: Fields, key: string, order: unknown): void {
  const list = key.startsWith('$setElementOrder/') ? result[key.slice('$setElementOrder/'.length)] : undefined;
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const places = order.map((entry) => (isFields(entry) ? Object.entries(entry)[0] : undefined));
  const place = (entry: unknown) => {
    const found = places.findIndex((pair) => pair !== undefined && isFields(entry) && entry[pair[0]] === pair[1]);
    return found === -1 ? places.length : found;
  };
  list.sort((a, b) => place(a) - place(b));
}

function isDeleted(entry: unknown): boolean {
  return isFields(entry) && entry['$patch'] === 'delete';
}

function without({ ...fields }: Fields, key: string): Fields {
  delete fields[key];
  return fields;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
