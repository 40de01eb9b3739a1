import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { excerpt } from '@pratique/runtime/fault';
import { boundedText } from '@pratique/runtime/limit';
import { hubFault } from '../errors.ts';
import type { HubFault } from '../errors.ts';

/** The catalogue has about 1.5 MB and grows by some hundred entries a year. */
export const maxKevBytes = 32 * 1024 * 1024;
const maxEntries = 100_000;

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const Entry = Type.Object({
  cveID: Type.String({ pattern: '^CVE-\\d{4}-\\d{4,19}$' }),
  vulnerabilityName: Type.String({ maxLength: 2_000 }),
  dateAdded: Day,
  dueDate: Day,
  requiredAction: Type.String({ maxLength: 10_000 }),
  knownRansomwareCampaignUse: Type.Optional(Type.String({ maxLength: 20 })),
});
const Catalog = Type.Object({
  catalogVersion: Type.String({ minLength: 1, maxLength: 50 }),
  dateReleased: Type.String({ minLength: 10, maxLength: 40 }),
  count: Type.Integer({ minimum: 1, maximum: maxEntries }),
  vulnerabilities: Type.Array(Entry, { maxItems: maxEntries }),
});

/** One vulnerability known to be exploited. Days are `YYYY-MM-DD`. */
export interface KevVulnerability {
  readonly cveId: string;
  readonly name: string;
  readonly dateAdded: string;
  readonly dueDate: string;
  readonly requiredAction: string;
  /** `Known` or `Unknown`, as the catalogue says; null where it says nothing. */
  readonly ransomware: string | null;
}

/** An edition of the catalogue. */
export interface KevCatalog {
  readonly version: string;
  /** ISO 8601 instant. */
  readonly released: string;
  readonly entries: readonly KevVulnerability[];
}

/**
 * Reads CISA's catalogue of known exploited vulnerabilities (JSON schema at cisa.gov/known-exploited-vulnerabilities).
 *
 * @throws Fault `feed-invalid` when it is not of that form, or contradicts its own count; `too-large`
 */
export function parseKevCatalog(text: string): KevCatalog {
  const parsed = parseJson(boundedText(text, { bytes: maxKevBytes, what: 'the KEV catalogue' }));
  if (!Value.Check(Catalog, parsed)) {
    const first = Value.Errors(Catalog, parsed)[0];
    throw invalid(`it is not of the published form: ${first?.instancePath || 'the document'} ${first?.message ?? ''}`);
  }
  const catalog: Static<typeof Catalog> = parsed;
  if (Number.isNaN(Date.parse(catalog.dateReleased)))
    throw invalid(`dateReleased "${excerpt(catalog.dateReleased)}" is no date`);
  if (catalog.count !== catalog.vulnerabilities.length) {
    throw invalid(
      `it announces ${catalog.count} vulnerabilities and has ${catalog.vulnerabilities.length}; it was cut or edited`,
    );
  }
  const entries = catalog.vulnerabilities.map(readEntry);
  const distinct = new Set(entries.map((entry) => entry.cveId));
  if (distinct.size !== entries.length) throw invalid('it lists a CVE twice');
  return { version: catalog.catalogVersion, released: new Date(catalog.dateReleased).toISOString(), entries };
}

function readEntry(entry: Static<typeof Entry>): KevVulnerability {
  for (const day of [entry.dateAdded, entry.dueDate]) {
    if (!isDay(day)) throw invalid(`${entry.cveID} has the day "${day}", which no calendar has`);
  }
  return {
    cveId: entry.cveID,
    name: entry.vulnerabilityName,
    dateAdded: entry.dateAdded,
    dueDate: entry.dueDate,
    requiredAction: entry.requiredAction,
    ransomware: entry.knownRansomwareCampaignUse ?? null,
  };
}

/** `2026-02-30` has the form of a day and is none; PostgreSQL would refuse the whole import without saying which. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
}

function invalid(why: string): HubFault {
  return hubFault({
    code: 'feed-invalid',
    message: `The KEV catalogue cannot be used: ${excerpt(why, 300)}.`,
    hint: 'Download the catalogue again, or unset KEV_CATALOG_FILE to use the copy that comes with the program. What was imported before stays in use.',
    values: { feed: 'kev', why: excerpt(why, 300) },
  });
}
