import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { dataFiles } from '../data.ts';
import { testbedFault } from '../errors.ts';

/** What is publicly known about one CVE; fields without a source stay undefined. */
export interface CveFacts {
  readonly cve: string;
  readonly year: number;
  /** CVSS 3 base score, 0 when no source has one. */
  readonly cvss: number;
  /** EPSS probability, 0 when no source has one. */
  readonly epss: number;
  readonly percentile: number | undefined;
  readonly kev: KevEntry | undefined;
}

/** What the fleet needs of one entry of the KEV catalogue. */
export interface KevEntry {
  readonly vendor: string;
  readonly product: string;
  readonly dateAdded: string;
  readonly dueDate: string;
  readonly description: string;
  readonly action: string;
  readonly ransomware: string;
}

const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const kevFile = Type.Object({
  count: Type.Integer(),
  vulnerabilities: Type.Array(
    Type.Object({
      cveID: Type.String(),
      vendorProject: Type.String(),
      product: Type.String(),
      dateAdded: day,
      dueDate: day,
      shortDescription: Type.String(),
      requiredAction: Type.String(),
      knownRansomwareCampaignUse: Type.String(),
    }),
    { maxItems: 20_000 },
  ),
});

/**
 * Every CVE of the data files. Where several files know an EPSS score the official layout wins,
 * then the wide sample, then the scanners' reports.
 *
 * @param alsoKnown further CVE ids to list, without scores unless a file has them
 * @throws Fault `fleet-data-invalid` when a file is not what its README says
 */
export function readCatalogue(alsoKnown: readonly string[] = []): ReadonlyMap<string, CveFacts> {
  const kev = readKev();
  const official = readTable(dataFiles.epss, ['cve', 'epss', 'percentile']);
  const wide = readTable(dataFiles.epssWide, ['cve', 'epss', 'cvss', 'exploit_sources']);
  const container = readTable(dataFiles.epssContainer, ['cve', 'epss', 'percentile', 'observed_on', 'scanner']);
  const names = [...new Set([...wide.keys(), ...official.keys(), ...container.keys(), ...alsoKnown])].toSorted();
  return new Map(
    names.map((cve) => {
      const scored = official.get(cve) ?? wide.get(cve) ?? container.get(cve);
      const facts: CveFacts = {
        cve,
        year: Number(cve.slice(4, 8)),
        cvss: amount(wide.get(cve)?.['cvss']) ?? 0,
        epss: amount(scored?.['epss']) ?? 0,
        percentile: amount(scored?.['percentile']),
        kev: kev.get(cve),
      };
      return [cve, facts];
    }),
  );
}

/** The KEV catalogue by CVE id. */
export function readKev(): ReadonlyMap<string, KevEntry> {
  const parsed: unknown = JSON.parse(readFileSync(dataFiles.kev, 'utf8'));
  if (!Value.Check(kevFile, parsed)) {
    throw invalid(dataFiles.kev, 'it does not have the shape of the KEV catalogue');
  }
  return new Map(
    parsed.vulnerabilities.map((entry) => [
      entry.cveID,
      {
        vendor: entry.vendorProject,
        product: entry.product.trim(),
        dateAdded: entry.dateAdded,
        dueDate: entry.dueDate,
        description: entry.shortDescription,
        action: entry.requiredAction,
        ransomware: entry.knownRansomwareCampaignUse,
      },
    ]),
  );
}

type Row = Readonly<Record<string, string>>;

/** A CSV file whose fields hold no commas or quotes, keyed by its column `cve`. Lines starting with # are comments. */
function readTable(file: string, columns: readonly string[]): ReadonlyMap<string, Row> {
  const [header, ...lines] = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (header !== columns.join(',')) {
    throw invalid(file, `its columns are not ${columns.join(',')}`);
  }
  return new Map(
    lines.map((line) => {
      const fields = line.split(',');
      if (fields.length !== columns.length || !/^CVE-\d{4}-\d{4,}$/.test(fields[0] ?? '')) {
        throw invalid(file, `a line does not have ${columns.length} fields and a CVE id`);
      }
      return [fields[0] ?? '', Object.fromEntries(columns.map((column, at) => [column, fields[at] ?? '']))];
    }),
  );
}

function amount(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

function invalid(file: string, reason: string): Error {
  return testbedFault({
    code: 'fleet-data-invalid',
    message: `The data file ${file} cannot be used: ${reason}.`,
    hint: 'Restore the file from the repository; see data/README.md.',
    values: { file },
  });
}
