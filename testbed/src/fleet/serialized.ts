/**
 * The protobuf column `image_cves_v2.serialized`: message ImageCVEV2. Field numbers are those of the
 * stackrox-db specification, section 4.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Verdict } from './verdict.ts';
import { knownVectors } from './known-components.ts';

/** What of a row is only known per image. */
export interface RowFacts {
  readonly id: string;
  readonly imageId: string;
  readonly componentId: string;
  readonly generation: 1 | 2;
  readonly first: Date;
  readonly createdAt: Date;
  readonly state: 0 | 1 | 2;
  readonly advisoryLink: string;
}

/** The message of one row. `info` comes from {@link encodeInfo} and is shared by all rows of a CVE. */
export function encodeRow(verdict: Verdict, info: Uint8Array, row: RowFacts): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, 1, row.id);
  text(writer, row.generation === 1 ? 2 : 15, row.imageId);
  writer.tag(3, WireType.LengthDelimited).bytes(info);
  float(writer, 4, verdict.cvss);
  writer.tag(5, WireType.Varint).int32(verdict.severity);
  float(writer, 7, verdict.cvss);
  writer.tag(8, WireType.Varint).int32(2);
  timestamp(writer, 9, row.first);
  writer.tag(10, WireType.Varint).int32(row.state);
  writer.tag(11, WireType.Varint).bool(verdict.fixedBy !== '');
  text(writer, 12, verdict.fixedBy);
  text(writer, 13, row.componentId);
  if (verdict.advisory !== '') {
    writer.tag(14, WireType.LengthDelimited).fork();
    text(writer, 1, verdict.advisory);
    text(writer, 2, row.advisoryLink);
    writer.join();
  }
  if (verdict.fixAvailable !== null) {
    timestamp(writer, 16, verdict.fixAvailable);
  }
  text(writer, 17, 'demo');
  return writer.finish();
}

/** CVEInfo of a CVE: summary, link, dates, scores. `withExploit` adds the KEV fields of the line after 4.11. */
export function encodeInfo(verdict: Verdict, createdAt: Date, withExploit: boolean): Uint8Array {
  const { facts } = verdict;
  const writer = new BinaryWriter();
  text(writer, 1, verdict.name);
  text(writer, 2, summaryOf(verdict));
  text(writer, 3, linkOf(verdict.name));
  timestamp(writer, 4, verdict.published);
  timestamp(writer, 5, createdAt);
  writer.tag(7, WireType.Varint).int32(verdict.cvss > 0 ? 1 : 2);
  if (verdict.cvss > 0) {
    encodeScore(writer, verdict);
  }
  if (facts.epss > 0) {
    writer.tag(12, WireType.LengthDelimited).fork();
    float(writer, 1, facts.epss);
    float(writer, 2, facts.percentile ?? 0);
    writer.join();
  }
  if (withExploit && facts.kev !== undefined) {
    writer.tag(13, WireType.LengthDelimited).fork();
    const { dateAdded, description, action, dueDate, ransomware } = facts.kev;
    [dateAdded, description, action, dueDate, ransomware].forEach((value, at) => text(writer, at + 1, value));
    writer.join();
    writer.tag(14, WireType.Varint).bool(true);
  }
  return writer.finish();
}

/** CISA's description where there is one, else a plain sentence made of the facts, never invented prose. */
export function summaryOf(verdict: Verdict): string {
  const { facts } = verdict;
  if (facts.kev !== undefined) {
    return facts.kev.description;
  }
  const score = verdict.cvss > 0 ? `CVSS base score ${verdict.cvss.toFixed(1)}` : 'no CVSS score in the demo data';
  return `${verdict.name}: ${score}. The demo data has no description of this vulnerability; follow the link for one.`;
}

/** The public page about a CVE or advisory. */
export function linkOf(name: string): string {
  if (name.startsWith('RHSA-')) {
    return `https://access.redhat.com/errata/${name}`;
  }
  return name.startsWith('GHSA-')
    ? `https://github.com/advisories/${name}`
    : `https://nvd.nist.gov/vuln/detail/${name}`;
}

function encodeScore(writer: BinaryWriter, verdict: Verdict): void {
  const vector = knownVectors[verdict.facts.cve];
  writer.tag(11, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int32(3); // NVD
  text(writer, 2, linkOf(verdict.facts.cve));
  writer.tag(4, WireType.LengthDelimited).fork();
  text(writer, 1, vector ?? '');
  float(writer, 12, verdict.cvss);
  writer.tag(13, WireType.Varint).int32(cvssSeverity(verdict.cvss));
  writer.join().join();
}

/** CVSSV3's own scale: 2 low, 3 medium, 4 high, 5 critical. */
function cvssSeverity(cvss: number): number {
  return cvss >= 9 ? 5 : cvss >= 7 ? 4 : cvss >= 4 ? 3 : 2;
}

function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== '') {
    writer.tag(field, WireType.LengthDelimited).string(value);
  }
}

function float(writer: BinaryWriter, field: number, value: number): void {
  if (value !== 0) {
    writer.tag(field, WireType.Bit32).float(value);
  }
}

function timestamp(writer: BinaryWriter, field: number, at: Date): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int64(Math.floor(at.getTime() / 1000));
  const nanos = (((at.getTime() % 1000) + 1000) % 1000) * 1_000_000;
  if (nanos > 0) {
    writer.tag(2, WireType.Varint).int32(nanos);
  }
  writer.join();
}
