import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeImageCve } from './image-cve-fixture.ts';
import { decodeCveDetails } from './protobuf.ts';

const empty = {
  summary: null,
  link: null,
  references: [],
  cvssMetricUrls: [],
  cvssVector: null,
  epssPercentile: null,
  datasource: null,
  fixAvailableAt: null,
  nvdCvss: null,
  lastModified: null,
  kev: null,
  broken: false,
};

const full = encodeImageCve({
  id: 'CVE-2024-1#0#x',
  cvss: 7.1,
  severity: 3,
  nvdcvss: 9.8,
  state: 1,
  isFixable: true,
  fixedBy: '1.2',
  componentId: 'c',
  imageIdV2: 'u',
  origin: 7,
  firstImageOccurrence: '2026-01-01T00:00:00Z',
  advisory: { name: 'RHSA-1', link: 'https://x.example' },
  fixAvailableTimestamp: '2026-02-03T04:05:06.789Z',
  datasource: 'rhel:9',
  cveBaseInfo: {
    cve: 'CVE-2024-1',
    summary: 'Äpfel & 🍐',
    link: 'https://nvd.example/CVE-2024-1',
    lastModified: '2025-01-01T00:00:00Z',
    publishedOn: '2024-01-01T00:00:00Z',
    scoreVersion: 1,
    cvssV3: { vector: 'CVSS:3.1/ignored', score: 1 },
    references: [{ URI: 'https://ref.example', tags: ['a', 'b'] }, { URI: '' }, { URI: 'javascript:alert(1)' }],
    cvssMetrics: [
      { source: 1, url: 'https://rh.example', cvssv2: { vector: 'AV:N' } },
      { source: 3, url: 'https://nvd.example', cvssv3: { vector: 'CVSS:3.1/AV:N', score: 7.5 } },
      { source: 2, url: '' },
      { source: 9, url: 'http://odd.example', cvssv3: { vector: 'CVSS:3.1/second' } },
    ],
    epss: { epssProbability: 0.01, epssPercentile: 0.95123 },
    cisaKev: true,
  },
});

describe('the protobuf of a CVE row', () => {
  it('gives its texts, links and scores', () => {
    expect(decodeCveDetails(full)).toEqual({
      summary: 'Äpfel & 🍐',
      link: 'https://nvd.example/CVE-2024-1',
      references: [{ uri: 'https://ref.example', tags: ['a', 'b'] }],
      cvssMetricUrls: [
        { source: 'Red Hat', url: 'https://rh.example' },
        { source: 'NVD', url: 'https://nvd.example' },
        { source: 'unknown', url: 'http://odd.example' },
      ],
      cvssVector: 'CVSS:3.1/AV:N',
      epssPercentile: 0.95123,
      datasource: 'rhel:9',
      fixAvailableAt: Date.UTC(2026, 1, 3, 4, 5, 6) / 1000,
      nvdCvss: 9.8,
      lastModified: Date.UTC(2025, 0, 1) / 1000,
      kev: true,
      broken: false,
    });
  });

  it('may be empty', () => {
    expect(decodeCveDetails(new Uint8Array())).toEqual(empty);
    expect(decodeCveDetails(encodeImageCve({ cveBaseInfo: { summary: '', link: '', epss: {} } }))).toEqual(empty);
  });

  it('may carry fields this package does not know, of every wire type', () => {
    const writer = new BinaryWriter();
    writer.tag(900, WireType.Varint).uint64(1n << 60n);
    writer.tag(901, WireType.Bit32).float(1);
    writer.tag(902, WireType.Bit64).double(1);
    writer.tag(903, WireType.LengthDelimited).bytes(new Uint8Array([255, 254]));
    writer.tag(904, WireType.StartGroup).tag(1, WireType.Varint).uint32(1).tag(904, WireType.EndGroup);
    // A known number under another wire type is an unknown field as well.
    writer.tag(7, WireType.LengthDelimited).string('not a float');
    writer.tag(3, WireType.Varint).uint32(5);
    expect(decodeCveDetails(Buffer.concat([writer.finish(), full]))).toEqual(decodeCveDetails(full));
  });

  it('loses what lies outside of the sensible: dates before 1970, scores that are no numbers', () => {
    const odd = new BinaryWriter();
    odd.tag(7, WireType.Bit32).float(Number.NaN);
    odd.tag(16, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(-62_135_596_800n).join();
    expect(decodeCveDetails(odd.finish())).toEqual(empty);
  });

  it('is broken, not an error, when cut off anywhere that matters', () => {
    for (let end = 1; end < full.length; end += 1) {
      const { broken, ...rest } = decodeCveDetails(full.subarray(0, end));
      if (broken) expect({ ...rest, broken: false }).toEqual(empty);
    }
    expect(decodeCveDetails(full.subarray(0, full.length - 1)).broken).toBe(true);
  });

  it.each([
    ['text that is not UTF-8', Buffer.from('1a04120280ff', 'hex')],
    ['a nested message longer than its parent', Buffer.from('1a021205', 'hex')],
    ['a nested field that ends beyond its message', Buffer.from('1a0212054142434445', 'hex')],
    ['an illegal tag', Buffer.from('0000', 'hex')],
    ['groups nested without end', Buffer.alloc(300, 0x0b)],
    ['more than a megabyte', Buffer.alloc(1_048_577)],
  ])('is broken when it holds %s', (_what, bytes) => {
    expect(decodeCveDetails(bytes)).toEqual({ ...empty, broken: true });
  });

  it('never throws, never delivers a link that is not http or https, whatever the bytes', () => {
    const mutated = fc
      .tuple(fc.array(fc.tuple(fc.nat(full.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }))
      .map(([changes]) => {
        const copy = Uint8Array.from(full);
        for (const [at, value] of changes) copy[at] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        const { link, references, cvssMetricUrls } = decodeCveDetails(bytes);
        for (const url of [link, ...references.map(({ uri }) => uri), ...cvssMetricUrls.map((metric) => metric.url)]) {
          expect(url === null || /^https?:/i.test(url.trim())).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads back any summary and any number of scores that fit the limits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
        fc.nat(300),
        (summary, count) => {
          const cvssMetrics = Array.from({ length: count }, (_, index) => ({
            source: index % 4,
            url: `https://x.example/${index}`,
          }));
          const details = decodeCveDetails(encodeImageCve({ cveBaseInfo: { summary, cvssMetrics } }));
          expect(details.summary).toBe(summary === '' ? null : summary);
          expect(details.cvssMetricUrls).toHaveLength(Math.min(count, 200));
        },
      ),
    );
  });
});
