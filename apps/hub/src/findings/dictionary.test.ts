import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FindingDictionaries, type Finding } from './dictionary.ts';
import {
  componentField,
  componentWidth,
  factField,
  factWidth,
  fixableFlag,
  kevFlag,
  kevKnownFlag,
  severityMask,
} from './layout.ts';
import { alignedWords, decodeSegment, encodeSegment } from './segment.ts';
import { allStrings, decodeStrings, encodeStrings, extendStringTable, stringAt, stringCount } from './string-table.ts';
import { WordTable } from './word-table.ts';

/** Any text PostgreSQL can hold: well-formed, without NUL, empty and astral ones among them. */
const text = fc.oneof(
  fc.constantFrom('', 'a', 'ß', '𝕏', 'CVE-2024-1'),
  fc.string({ unit: 'grapheme' }).map((one) => one.replaceAll('\0', '').toWellFormed()),
);
const word = fc.oneof(fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff), fc.nat(3));

describe('a string table', () => {
  it('gives back what runs of strings put in, also when it is extended in any portions', () => {
    fc.assert(
      fc.property(fc.array(fc.array(text), { maxLength: 5 }), fc.nat(5), (runs, cut) => {
        const encoded = runs.map(encodeStrings);
        runs.forEach((run, at) => expect(decodeStrings(encoded[at]!)).toEqual(run));
        const table = extendStringTable(extendStringTable(null, encoded.slice(0, cut)), encoded.slice(cut));
        expect(allStrings(table)).toEqual(runs.flat());
        expect(stringCount(table)).toBe(runs.flat().length);
        runs.flat().forEach((one, index) => expect(stringAt(table, index)).toBe(one));
      }),
    );
  });

  it('reads a run that begins anywhere in a larger buffer', () => {
    fc.assert(
      fc.property(fc.array(text), fc.integer({ min: 1, max: 7 }), (run, offset) => {
        const moved = Buffer.concat([Buffer.alloc(offset, 0xff), encodeStrings(run)]).subarray(offset);
        expect(decodeStrings(moved)).toEqual(run);
        expect(allStrings(extendStringTable(null, [moved]))).toEqual(run);
      }),
    );
  });
});

describe('a word table', () => {
  it('numbers distinct rows in order of arrival, before and after it was stored and loaded', () => {
    const row = fc.tuple(word, word, word);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 60 }), fc.array(row, { maxLength: 60 }), (before, after) => {
        const stored = new WordTable(3);
        before.forEach((one) => stored.intern(Uint32Array.from(one)));
        const table = new WordTable(3);
        table.load(stored.since(0));
        const known = new Map<string, number>();
        for (const one of [...before, ...after]) {
          const number = known.get(String(one)) ?? known.size;
          known.set(String(one), number);
          expect(table.intern(Uint32Array.from(one))).toBe(number);
        }
        expect(table.count).toBe(known.size);
        expect([...table.since(0)]).toEqual([...known.keys()].flatMap((key) => key.split(',').map(Number)));
      }),
    );
  });

  it('keeps its numbers while it grows a thousandfold', () => {
    const table = new WordTable(2);
    for (let at = 0; at < 20_000; at += 1) expect(table.intern(Uint32Array.of(at, at * 7))).toBe(at);
    for (let at = 0; at < 20_000; at += 97) expect(table.intern(Uint32Array.of(at, at * 7))).toBe(at);
    expect(table.word(19_999, 0)).toBe(19_999);
  });
});

const seconds = fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 0xffff_ffff }));
const finding: fc.Arbitrary<Finding> = fc.record({
  cve: fc.oneof(fc.constantFrom('CVE-1', 'CVE-2'), text),
  component: text,
  version: text,
  os: text,
  source: fc.nat(7),
  layerType: fc.constantFrom(null, 0, 1),
  severity: fc.nat(4),
  cvss: fc.constantFrom(0, 7.1, 10, Math.fround(7.1)),
  epss: fc.constantFrom(0, 0.01, 0.00043, Math.fround(0.02)),
  impact: fc.constantFrom(0, 5.9),
  nvdCvss: fc.constantFrom(0, 9.8),
  firstSeen: seconds,
  published: seconds,
  fixAvailable: seconds,
  fixable: fc.boolean(),
  fixedBy: text,
  advisoryName: text,
  advisoryLink: text,
  kev: fc.constantFrom(null, false, true),
});

/** What a loaded hub reads back of a segment, as findings in no order. */
function readBack(
  chunks: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  stored: Uint8Array,
): unknown[] {
  const of = (name: string) => chunks.filter((chunk) => chunk.name === name).map(({ bytes }) => bytes);
  const table = (name: string) => allStrings(extendStringTable(null, of(name)));
  const words = (name: string) => of(name).flatMap((bytes) => [...alignedWords(bytes)]);
  const [cves, texts, facts, components] = [table('cve'), table('text'), words('fact'), words('component')];
  const floats = new Float32Array(Uint32Array.from(facts).buffer);
  const segment = decodeSegment(stored);
  return [...segment.facts].map((fact, row) => {
    const at = (field: number) => facts[fact * factWidth + field]!;
    const score = (field: number) => floats[fact * factWidth + field]!;
    const component = (field: number) => components[segment.components[row]! * componentWidth + field]!;
    const flags = at(factField.flags);
    return {
      cve: cves[at(factField.cve)],
      component: texts[component(componentField.name)],
      version: texts[component(componentField.version)],
      source: component(componentField.origin) & 0xff,
      layerType: [null, 0, 1][component(componentField.origin) >>> 8],
      severity: flags & severityMask,
      scores: [score(factField.cvss), score(factField.epss), score(factField.impact), score(factField.nvdCvss)],
      moments: [segment.firstSeen[row], at(factField.published), at(factField.fixAvailable)],
      fixable: (flags & fixableFlag) !== 0,
      texts: [factField.fixedBy, factField.advisoryName, factField.advisoryLink].map((field) => texts[at(field)]),
      kev: (flags & kevKnownFlag) === 0 ? null : (flags & kevFlag) !== 0,
    };
  });
}

function expected(one: Finding): unknown {
  const { cve, component, version, source, layerType, severity, fixable, kev } = one;
  return {
    ...{ cve, component, version, source, layerType, severity, fixable, kev },
    scores: [one.cvss, one.epss, one.impact, one.nvdCvss].map((score, at) =>
      Math.fround(Number(score.toFixed(at === 1 ? 5 : 1))),
    ),
    moments: [one.firstSeen ?? 0, one.published ?? 0, one.fixAvailable ?? 0],
    texts: [one.fixedBy, one.advisoryName, one.advisoryLink],
  };
}

function unordered(items: readonly unknown[]): string[] {
  return items
    .map((item) => JSON.stringify(Object.entries(item as object).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .toSorted();
}

describe('the dictionaries', () => {
  it('write segments that read back as the same findings, also when a second reader takes over half-way', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 12 }), fc.array(finding, { maxLength: 12 }), (first, second) => {
        const writer = new FindingDictionaries();
        const segments = [encodeSegment(writer.segmentOf(first))];
        const chunks = writer.takeNewChunks();
        expect(writer.takeNewChunks()).toEqual([]);
        const successor = new FindingDictionaries();
        successor.load(chunks);
        expect(successor.counts()).toEqual(writer.counts());
        expect(successor.takeNewChunks()).toEqual([]);
        segments.push(encodeSegment(successor.segmentOf(second)));
        const all = [...chunks, ...successor.takeNewChunks()];
        expect(unordered(readBack(all, segments[0]!))).toEqual(unordered(first.map(expected)));
        expect(unordered(readBack(all, segments[1]!))).toEqual(unordered(second.map(expected)));
      }),
    );
  });

  it('number each CVE of a segment as one ascending run', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 20 }), (findings) => {
        const dictionaries = new FindingDictionaries();
        const cves = [...dictionaries.segmentOf(findings).facts].map((fact) => dictionaries.cveOfFact(fact));
        expect(cves).toEqual(cves.toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('a segment', () => {
  it('that lost or gained a word is refused rather than read wrongly', () => {
    const bytes = encodeSegment({
      os: 1,
      facts: Uint32Array.of(1),
      components: Uint32Array.of(2),
      firstSeen: Uint32Array.of(3),
    });
    expect(() => decodeSegment(bytes.subarray(0, bytes.length - 4))).toThrow(RangeError);
    expect(() => decodeSegment(Buffer.concat([bytes, Buffer.alloc(4)]))).toThrow(RangeError);
    expect(decodeSegment(Buffer.concat([Buffer.alloc(1), bytes]).subarray(1))).toEqual(decodeSegment(bytes));
  });
});
