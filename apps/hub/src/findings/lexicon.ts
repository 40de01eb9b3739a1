import type { Snapshot } from './snapshot.ts';
import { allStrings, stringAt, stringCount } from './string-table.ts';

/** The texts of a snapshot as one thread has decoded them so far. One per version and thread. */
export class Lexicon {
  readonly #snapshot: Snapshot;
  readonly #texts: (string | undefined)[];
  #cves: string[] | null = null;
  #cveNumbers: Map<string, number> | null = null;
  #components: ComponentsByName | null = null;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.#texts = Array.from({ length: stringCount(snapshot.texts) });
  }

  /** A text by index, decoded at most once. */
  text(index: number): string {
    const known = this.#texts[index];
    if (known !== undefined) {
      return known;
    }
    const text = stringAt(this.#snapshot.texts, index);
    this.#texts[index] = text;
    return text;
  }

  /** All CVE ids by index. */
  get cves(): readonly string[] {
    this.#cves ??= allStrings(this.#snapshot.cves);
    return this.#cves;
  }

  /** Index of a CVE id; -1 when the snapshot has never heard of it. */
  cveIndex(cve: string): number {
    this.#cveNumbers ??= new Map(this.cves.map((text, index) => [text, index]));
    return this.#cveNumbers.get(cve) ?? -1;
  }

  /** Position of every CVE among all ids in alphabetical order. */
  get cveRanks(): Uint32Array {
    return this.#snapshot.cveRanks;
  }

  /** The components with exactly this name, as indices. */
  componentsNamed(name: string): Uint32Array {
    const { numbers, start, components } = this.#byName();
    const at = numbers.get(name);
    return at === undefined ? new Uint32Array() : components.subarray(start[at]!, start[at + 1]!);
  }

  /** 1 for each component whose name contains `part`, without regard to case. */
  componentsContaining(part: string): Uint8Array {
    const wanted = part.toLowerCase();
    const { numbers, start, components } = this.#byName();
    const mask = new Uint8Array(components.length);
    for (const [name, at] of numbers) {
      if (name.toLowerCase().includes(wanted)) {
        for (let next = start[at]!; next < start[at + 1]!; next += 1) {
          mask[components[next]!] = 1;
        }
      }
    }
    return mask;
  }

  /** Counted first, then filled: there are hundreds of thousands of components, and a list for each of their names would be most of a heap. */
  #byName(): ComponentsByName {
    if (this.#components === null) {
      const { componentName } = this.#snapshot;
      const start = new Uint32Array(this.#texts.length + 1);
      for (let component = 0; component < componentName.length; component += 1) {
        start[componentName[component]! + 1]! += 1;
      }
      const numbers = new Map<string, number>();
      for (let name = 0; name < this.#texts.length; name += 1) {
        if (start[name + 1]! > 0) {
          numbers.set(this.text(name), name);
        }
        start[name + 1]! += start[name]!;
      }
      const next = start.slice();
      const components = new Uint32Array(componentName.length);
      for (let component = 0; component < componentName.length; component += 1) {
        const name = componentName[component]!;
        components[next[name]!] = component;
        next[name]! += 1;
      }
      this.#components = { numbers, start, components };
    }
    return this.#components;
  }
}

/** The components of text `t` are `components[start[t] … start[t + 1]]`. */
interface ComponentsByName {
  /** Text index by name, for texts that name a component. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly start: Uint32Array;
  readonly components: Uint32Array;
}
