import type { Central, Reading } from './connection.ts';
import { componentReader } from './components.ts';
import type { FindingComponent } from './components.ts';
import { batches, byGeneration, generationNames } from './image-ref.ts';
import type { ImageGeneration, ImageRef } from './image-ref.ts';
import { limits } from './limits.ts';
import type { CentralSchema } from './schema.ts';
import { epochSeconds, epochSql, score, severity, text, truth } from './values.ts';

/**
 * One CVE in one component occurrence of one image. Scores are the numbers a person sees (7.1, not
 * 7.099999904632568).
 */
export interface FindingRow {
  /** `CVE-…`, also `RHSA-…`, `GHSA-…`, `ALAS…`: opaque. */
  readonly cve: string;
  readonly component: string;
  readonly version: string;
  /** Of the whole image, such as `rhel:9`. */
  readonly os: string;
  /** Path of a language package, else `''`. */
  readonly location: string;
  /** 0 OS, 1 Python, 2 Java, 3 Ruby, 4 Node.js, 5 .NET Core runtime, 6 infrastructure, 7 Go. */
  readonly source: number;
  /** 0 unknown, 1 low, 2 moderate, 3 important, 4 critical. */
  readonly severity: number;
  readonly cvss: number;
  /** 0 to 1; 0 when unknown. */
  readonly epss: number;
  readonly impact: number;
  readonly nvdCvss: number;
  /** Epoch seconds: first seen in this image. */
  readonly firstSeen: number | null;
  readonly published: number | null;
  readonly fixable: boolean;
  readonly fixedBy: string;
  readonly advisoryName: string;
  readonly advisoryLink: string;
  /** Epoch seconds: when the fix became available; null when unknown or before 4.10. */
  readonly fixAvailable: number | null;
  /** In the list of known exploited vulnerabilities; null when unknown or not in this release. */
  readonly kev: boolean | null;
  /** 0 application, 1 base image; null before 4.10. */
  readonly layerType: number | null;
}

/** The findings of one image, seen whole. */
export interface ImageFindings extends ImageRef {
  /** `scanned` without rows means clean; `never-scanned` and `gone` (no such image any more) do not. */
  readonly image: 'scanned' | 'never-scanned' | 'gone';
  readonly rows: readonly FindingRow[];
  /** Rows left out because they name no CVE. */
  readonly skipped: number;
}

/**
 * Reads all findings of the images named, batch by batch, each image whole: one transaction sees one
 * moment, so CVE rows and components agree even while Central replaces a scan result. No connection is held
 * while the consumer works on a batch.
 *
 * @param options.batchSize images per transaction; 250 unless told
 * @example
 * for await (const { ref, rows } of readImageFindings(central, schema, refs)) segments.write(ref, rows);
 */
export async function* readImageFindings(
  central: Central,
  schema: CentralSchema,
  refs: Iterable<ImageRef>,
  options: { readonly batchSize?: number } = {},
): AsyncGenerator<ImageFindings> {
  for (const [generation, ids] of byGeneration(refs, schema)) {
    for (const batch of batches(ids, options.batchSize ?? limits.findingsBatch)) {
      yield* await central.snapshot({ bulk: true }, (reading) =>
        readBatch(reading, { schema, generation, ids: batch }),
      );
    }
  }
}

interface Batch {
  readonly schema: CentralSchema;
  readonly generation: ImageGeneration;
  readonly ids: readonly string[];
}

interface OpenImage extends ImageRef {
  image: ImageFindings['image'];
  readonly rows: FindingRow[];
  skipped: number;
}

async function readBatch(reading: Reading, batch: Batch): Promise<readonly ImageFindings[]> {
  const images = batch.ids.map((ref): OpenImage => ({
    ref,
    generation: batch.generation,
    image: 'gone',
    rows: [],
    skipped: 0,
  }));
  const values = [batch.ids];
  const at = (ordinal: unknown): OpenImage | undefined => images[Number(ordinal) - 1];

  await reading.each({ text: imagesSql(batch), values }, (row) => {
    const image = at(row[0]);
    if (image !== undefined) image.image = row[1] === true ? 'scanned' : 'never-scanned';
  });
  const components = await componentReader(reading, batch);
  const intern = interner();
  await reading.each({ text: findingsSql(batch), values }, (row) => {
    const image = at(row[0]);
    if (image === undefined) return;
    if (typeof row[2] !== 'string' || row[2] === '') image.skipped += 1;
    else image.rows.push(toFinding(row, components.find(Number(row[0]), row[1]), intern));
  });
  return images;
}

function imagesSql({ generation }: Batch): string {
  return `SELECT u.ord::int, i.scan_scantime IS NOT NULL
            FROM unnest($1::text[]) WITH ORDINALITY u(id, ord) JOIN ${generationNames(generation).images} i ON i.id = u.id`;
}

/**
 * Without a join to the components and without an order: both would make the server read or sort far more
 * than the rows wanted.
 */
function findingsSql({ schema, generation }: Batch): string {
  const { owner } = generationNames(generation);
  const fixAvailable = schema.columns.fixAvailable ? epochSql('c.fixavailabletimestamp') : 'NULL::float8';
  const kev = schema.columns.kev ? 'c.cvebaseinfo_cisakev' : 'NULL::boolean';
  return `SELECT u.ord::int, left(c.componentid, -length(u.id) - 1), c.cvebaseinfo_cve, c.severity, c.cvss::real,
                 c.cvebaseinfo_epss_epssprobability::real, c.impactscore::real, c.nvdcvss::real, ${epochSql('c.firstimageoccurrence')},
                 ${epochSql('c.cvebaseinfo_publishedon')}, c.isfixable, c.fixedby, c.advisory_name, c.advisory_link, ${fixAvailable}, ${kev}
            FROM unnest($1::text[]) WITH ORDINALITY u(id, ord) JOIN public.image_cves_v2 c ON c.${owner} = u.id`;
}

function toFinding(
  row: readonly unknown[],
  component: FindingComponent,
  intern: (value: unknown) => string,
): FindingRow {
  return {
    cve: intern(row[2]),
    component: component.name,
    version: component.version,
    os: component.os,
    location: component.location,
    source: component.source,
    severity: severity(row[3]),
    cvss: score(row[4]),
    epss: score(row[5]),
    impact: score(row[6]),
    nvdCvss: score(row[7]),
    firstSeen: epochSeconds(row[8]),
    published: epochSeconds(row[9]),
    fixable: row[10] === true,
    fixedBy: intern(row[11]),
    advisoryName: intern(row[12]),
    advisoryLink: intern(row[13]),
    fixAvailable: epochSeconds(row[14]),
    kev: truth(row[15]),
    layerType: component.layerType,
  };
}

/**
 * Lets equal texts of a batch share one string: the same CVE names and advisories come thousands of times.
 */
function interner(): (value: unknown) => string {
  const seen = new Map<string, string>();
  return (value) => {
    const fresh = text(value);
    const known = seen.get(fresh);
    if (known !== undefined) return known;
    seen.set(fresh, fresh);
    return fresh;
  };
}
