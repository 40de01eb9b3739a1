import { factField, factWidth } from './layout.ts';
import type { Snapshot } from './snapshot.ts';
import { allStrings, type StringTable } from './string-table.ts';

/** The fact columns of a snapshot, behind those of `base`; `facts` row by row, `factWidth` words each. */
export function factColumns(facts: Uint32Array, factCve: Uint32Array<SharedArrayBuffer>, base: Snapshot | null) {
  const integers = (field: number, before?: Uint32Array<SharedArrayBuffer>) => column(facts, factWidth, field, before);
  const floats = (field: number, before?: Float32Array<SharedArrayBuffer>) =>
    new Float32Array(integers(field, before && new Uint32Array(before.buffer)).buffer);
  return {
    factCve,
    factFlags: integers(factField.flags, base?.factFlags),
    factCvss: floats(factField.cvss, base?.factCvss),
    factEpss: floats(factField.epss, base?.factEpss),
    factImpact: floats(factField.impact, base?.factImpact),
    factNvdCvss: floats(factField.nvdCvss, base?.factNvdCvss),
    factPublished: integers(factField.published, base?.factPublished),
    factFixedBy: integers(factField.fixedBy, base?.factFixedBy),
    factAdvisoryName: integers(factField.advisoryName, base?.factAdvisoryName),
    factAdvisoryLink: integers(factField.advisoryLink, base?.factAdvisoryLink),
    factFixAvailable: integers(factField.fixAvailable, base?.factFixAvailable),
  };
}

/** One field of all rows, behind what an earlier version had of it. */
export function column(
  rows: Uint32Array,
  width: number,
  field: number,
  before?: Uint32Array<SharedArrayBuffer>,
): Uint32Array<SharedArrayBuffer> {
  if (before !== undefined && rows.length === 0) {
    return before;
  }
  const start = before?.length ?? 0;
  const values = words(start + rows.length / width);
  values.set(before ?? []);
  for (let row = 0; start + row < values.length; row += 1) {
    values[start + row] = rows[row * width + field]!;
  }
  return values;
}

/** Position of every string among all of them in alphabetical order. */
export function ranksOf(table: StringTable): Uint32Array<SharedArrayBuffer> {
  const cves = allStrings(table);
  const ranks = words(cves.length);
  cves
    .map((_, cve) => cve)
    .sort((a, b) => (cves[a]! < cves[b]! ? -1 : 1))
    .forEach((cve, rank) => {
      ranks[cve] = rank;
    });
  return ranks;
}

/** Lists one behind the other, with where each begins. */
export function listOfLists(lists: readonly (readonly number[])[]) {
  const start = words(lists.length + 1);
  lists.forEach((list, index) => {
    start[index + 1] = start[index]! + list.length;
  });
  const items = words(start[lists.length]!);
  lists.forEach((list, index) => items.set(list, start[index]!));
  return { start, items };
}

/** So many zeros in shared memory. */
export function words(length: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}

/** Words in shared memory. */
export function wordsOf(values: readonly number[]): Uint32Array<SharedArrayBuffer> {
  const array = words(values.length);
  array.set(values);
  return array;
}
