import type { Snapshot } from './snapshot.ts';
import { allStrings, stringAt, stringCount } from './string-table.ts';

/** The texts of a snapshot as one thread has decoded them so far. One per version and thread. */
export class Lexicon {
  readonly #snapshot: Snapshot;
  readonly #texts: (string | undefined)[];
  #cves: string[] | null = null;
  #ranks: Uint32Array | null = null;
  #componentNames: Map<string, number[]> | null = null;

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
    return this.cves.indexOf(cve);
  }

  /** Position of every CVE among all ids in alphabetical order: the last tie-breaker of every sort. */
  get cveRanks(): Uint32Array {
    if (this.#ranks === null) {
      const cves = this.cves;
      const order = Uint32Array.from(cves.keys()).sort((a, b) => (cves[a]! < cves[b]! ? -1 : 1));
      this.#ranks = new Uint32Array(order.length);
      order.forEach((cve, rank) => {
        this.#ranks![cve] = rank;
      });
    }
    return this.#ranks;
  }

  /** Component indices by component name. */
  get componentsByName(): ReadonlyMap<string, readonly number[]> {
    if (this.#componentNames === null) {
      this.#componentNames = new Map();
      this.#snapshot.componentName.forEach((name, component) => {
        const text = this.text(name);
        const list = this.#componentNames!.get(text);
        if (list === undefined) {
          this.#componentNames!.set(text, [component]);
        } else {
          list.push(component);
        }
      });
    }
    return this.#componentNames;
  }

  /** 1 for each component whose name contains `part`, without regard to case. */
  componentsContaining(part: string): Uint8Array {
    const wanted = part.toLowerCase();
    const mask = new Uint8Array(this.#snapshot.componentName.length);
    for (const [name, components] of this.componentsByName) {
      if (name.toLowerCase().includes(wanted)) {
        components.forEach((component) => {
          mask[component] = 1;
        });
      }
    }
    return mask;
  }
}
