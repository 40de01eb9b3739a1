import {
  componentField,
  componentWidth,
  factField,
  factWidth,
  fixableFlag,
  kevFlag,
  kevKnownFlag,
  type DictionaryName,
} from './layout.ts';
import { cvssFromCentral, epssFromCentral } from './scores.ts';
import { alignedWords, type Segment } from './segment.ts';
import { decodeStrings, encodeStrings } from './string-table.ts';
import { WordTable } from './word-table.ts';

/** One occurrence of a CVE in a component of an image, as any source reports it. */
export interface Finding {
  readonly cve: string;
  readonly component: string;
  readonly version: string;
  readonly os: string;
  readonly source: number;
  readonly layerType: number | null;
  readonly severity: number;
  readonly cvss: number;
  readonly epss: number;
  readonly impact: number;
  readonly nvdCvss: number;
  /** Epoch seconds or null. */
  readonly firstSeen: number | null;
  readonly published: number | null;
  readonly fixAvailable: number | null;
  readonly fixable: boolean;
  readonly fixedBy: string;
  readonly advisoryName: string;
  readonly advisoryLink: string;
  /** Null where the source does not know. */
  readonly kev: boolean | null;
}

/** A run of new dictionary entries, to be stored before any segment that uses them. */
export interface DictionaryChunk {
  readonly name: DictionaryName;
  readonly bytes: Buffer;
}

class StringInterner {
  readonly strings: string[] = [];
  readonly #index = new Map<string, number>();

  intern(text: string): number {
    const known = this.#index.get(text);
    if (known !== undefined) {
      return known;
    }
    const index = this.strings.length;
    this.strings.push(text);
    this.#index.set(text, index);
    return index;
  }
}

/**
 * The reader's dictionaries: every distinct CVE id, text, component and fact of an installation, numbered
 * once and only ever appended to, so that a hub that has loaded them needs just the new runs.
 */
export class FindingDictionaries {
  readonly #cves = new StringInterner();
  readonly #texts = new StringInterner();
  readonly #components = new WordTable(componentWidth);
  readonly #facts = new WordTable(factWidth);
  readonly #stored: Record<DictionaryName, number> = { cve: 0, text: 0, component: 0, fact: 0 };
  readonly #scratch = new Uint32Array(factWidth);
  readonly #scratchFloats = new Float32Array(this.#scratch.buffer);

  constructor() {
    this.#texts.intern('');
  }

  /** Takes over runs read back from storage, in stored order. */
  load(chunks: readonly { readonly name: DictionaryName; readonly bytes: Uint8Array }[]): void {
    for (const chunk of chunks) {
      switch (chunk.name) {
        case 'cve':
        case 'text': {
          const interner = chunk.name === 'cve' ? this.#cves : this.#texts;
          decodeStrings(chunk.bytes).forEach((text) => interner.intern(text));
          break;
        }
        case 'component':
          this.#components.load(alignedWords(chunk.bytes));
          break;
        case 'fact':
          this.#facts.load(alignedWords(chunk.bytes));
          break;
      }
      this.#stored[chunk.name] = this.counts()[chunk.name];
    }
  }

  /** Sizes now, by dictionary. */
  counts(): Record<DictionaryName, number> {
    return {
      cve: this.#cves.strings.length,
      text: this.#texts.strings.length,
      component: this.#components.count,
      fact: this.#facts.count,
    };
  }

  /** The entries added since the last call, as runs to store. */
  takeNewChunks(): DictionaryChunk[] {
    const counts = this.counts();
    const chunks: DictionaryChunk[] = [];
    for (const name of ['cve', 'text'] as const) {
      if (counts[name] > this.#stored[name]) {
        const strings = (name === 'cve' ? this.#cves : this.#texts).strings.slice(this.#stored[name]);
        chunks.push({ name, bytes: encodeStrings(strings) });
      }
    }
    for (const name of ['component', 'fact'] as const) {
      if (counts[name] > this.#stored[name]) {
        const words = (name === 'component' ? this.#components : this.#facts).since(this.#stored[name]);
        chunks.push({ name, bytes: Buffer.from(words.buffer, words.byteOffset, words.byteLength) });
      }
    }
    this.#markStored();
    return chunks;
  }

  /** The id of a CVE as these dictionaries number it. */
  cveIndex(cve: string): number {
    return this.#cves.intern(cve);
  }

  /** The text of a CVE index. */
  cveAt(index: number): string {
    return this.#cves.strings[index] ?? '';
  }

  /** The CVE index of a fact. */
  cveOfFact(fact: number): number {
    return this.#facts.word(fact, factField.cve);
  }

  /** Numbers the findings of one image and orders them by CVE. */
  segmentOf(findings: readonly Finding[]): Segment {
    const rows = findings.map((finding) => ({
      cve: this.#cves.intern(finding.cve),
      fact: this.#internFact(finding),
      component: this.#internComponent(finding),
      firstSeen: finding.firstSeen ?? 0,
    }));
    rows.sort((a, b) => a.cve - b.cve || a.component - b.component || a.fact - b.fact);
    const os = findings.reduce((highest, finding) => (finding.os > highest ? finding.os : highest), '');
    return {
      os: this.#texts.intern(os),
      facts: Uint32Array.from(rows, (row) => row.fact),
      components: Uint32Array.from(rows, (row) => row.component),
      firstSeen: Uint32Array.from(rows, (row) => row.firstSeen),
    };
  }

  #internComponent(finding: Finding): number {
    const words = this.#scratch;
    words[componentField.name] = this.#texts.intern(finding.component);
    words[componentField.version] = this.#texts.intern(finding.version);
    const layer = finding.layerType === null ? 0 : finding.layerType + 1;
    words[componentField.origin] = (finding.source & 0xff) | ((layer & 0b11) << 8);
    return this.#components.intern(words);
  }

  #internFact(finding: Finding): number {
    const words = this.#scratch;
    const floats = this.#scratchFloats;
    words[factField.cve] = this.#cves.intern(finding.cve);
    words[factField.flags] =
      finding.severity |
      (finding.fixable ? fixableFlag : 0) |
      (finding.kev === null ? 0 : kevKnownFlag) |
      (finding.kev === true ? kevFlag : 0);
    floats[factField.cvss] = cvssFromCentral(finding.cvss);
    floats[factField.epss] = epssFromCentral(finding.epss);
    floats[factField.impact] = cvssFromCentral(finding.impact);
    floats[factField.nvdCvss] = cvssFromCentral(finding.nvdCvss);
    words[factField.published] = finding.published ?? 0;
    words[factField.fixedBy] = this.#texts.intern(finding.fixedBy);
    words[factField.advisoryName] = this.#texts.intern(finding.advisoryName);
    words[factField.advisoryLink] = this.#texts.intern(finding.advisoryLink);
    words[factField.fixAvailable] = finding.fixAvailable ?? 0;
    return this.#facts.intern(words);
  }

  #markStored(): void {
    Object.assign(this.#stored, this.counts());
  }
}
