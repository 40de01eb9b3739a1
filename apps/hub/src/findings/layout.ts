/**
 * How findings are laid out in 32-bit words, in storage and in memory alike.
 *
 * A *fact* is what a scan says about a CVE apart from where it was found; a *component* is a package in
 * a version; a *segment* holds the rows of one image, each a (fact, component, first seen). Words are
 * little-endian; texts and CVE ids are indices into string tables; 0 stands for "none".
 */
export const factWidth = 11;
export const factField = {
  cve: 0,
  /** Bits 0–2 severity, 3 fixable, 4 KEV answer known, 5 KEV. */
  flags: 1,
  cvss: 2,
  epss: 3,
  impact: 4,
  nvdCvss: 5,
  /** Epoch seconds. */
  published: 6,
  fixedBy: 7,
  advisoryName: 8,
  advisoryLink: 9,
  /** Epoch seconds. */
  fixAvailable: 10,
} as const;

export const severityMask = 0b111;
export const fixableFlag = 1 << 3;
export const kevKnownFlag = 1 << 4;
export const kevFlag = 1 << 5;

export const componentWidth = 3;
export const componentField = {
  name: 0,
  version: 1,
  /** Bits 0–7 source as Central numbers it, 8–9 layer: 0 unknown, 1 application, 2 base image. */
  origin: 2,
} as const;

const layerShift = 8;
const layers = [null, 'application', 'base', null] as const;

/** Which layer a component came with, by its origin word; null where the source does not say. */
export function layerOfOrigin(origin: number): 'application' | 'base' | null {
  return layers[(origin >>> layerShift) & 0b11] ?? null;
}

/** Central's exception state lives in the two highest bits of a row's component word, in memory only. */
export const stateShift = 30;
export const componentMask = 0x3fff_ffff;

/** Words before the columns of a segment: number of rows, text index of the operating system. */
export const segmentHead = 2;

/** The dictionaries that segments refer to. */
export const dictionaries = ['cve', 'text', 'component', 'fact'] as const;
export type DictionaryName = (typeof dictionaries)[number];
