import { excerpt } from '@pratique/runtime/fault';
import { boundedChunks } from '@pratique/runtime/limit';
import type { ByteSource } from '@pratique/runtime/limit';
import { hubFault } from '../errors.ts';
import type { HubFault } from '../errors.ts';

/** The daily file has about 300,000 rows and 10 MB. */
export const maxEpssBytes = 512 * 1024 * 1024;
const maxRows = 5_000_000;
/** A row has some 30 characters; a line of this length is another file. */
const maxLineLength = 1_000;

/** The exploit probability of one CVE. A CVE that has no row is not known to the model, which is not a score of 0. */
export interface EpssScore {
  readonly cveId: string;
  /** 0 to 1. */
  readonly probability: number;
  /** 0 to 1; null where the file has none. */
  readonly percentile: number | null;
}

/** An opened feed: its edition is known, its rows are read as they are asked for. */
export interface EpssFeed {
  readonly modelVersion: string;
  /** As the file says: a day or an instant. */
  readonly scoreDate: string;
  readonly rows: AsyncIterable<EpssScore>;
}

/**
 * Opens FIRST's EPSS file: a comment line `#model_version:…,score_date:…`, a header, then `cve,epss[,percentile]`. Rows
 * are streamed, so its size does not matter to memory.
 *
 * @throws Fault `feed-invalid` with the line, here and while the rows are read; `too-large`
 */
export async function openEpss(source: ByteSource): Promise<EpssFeed> {
  const lines = numberedLines(source);
  const edition = /^#\s*model_version:\s*([^,\s]{1,50})\s*,\s*score_date:\s*([^,\s]{1,40})\s*$/.exec(
    (await next(lines)).text,
  );
  if (edition === null) throw invalid(1, 'is not "#model_version:…,score_date:…"');
  const header = await next(lines);
  const columns = header.text.split(',').map((name) => name.trim().toLowerCase());
  const [cve, epss, percentile] = ['cve', 'epss', 'percentile'].map((name) => columns.indexOf(name));
  if (cve === undefined || cve < 0 || epss === undefined || epss < 0)
    throw invalid(header.number, 'is not the header "cve,epss,percentile"');
  const at: Columns = { cve, epss, percentile: percentile ?? -1, count: columns.length };
  return { modelVersion: edition[1] ?? '', scoreDate: edition[2] ?? '', rows: readRows(lines, at) };
}

interface Columns {
  readonly cve: number;
  readonly epss: number;
  /** -1: the file has none. */
  readonly percentile: number;
  readonly count: number;
}
interface Line {
  readonly number: number;
  readonly text: string;
}

async function* readRows(lines: AsyncGenerator<Line>, at: Columns): AsyncGenerator<EpssScore> {
  let rows = 0;
  for await (const { number, text } of lines) {
    if (text === '') continue;
    rows += 1;
    if (rows > maxRows) throw invalid(number, `is beyond the ${maxRows} rows allowed`);
    const cells = text.split(',').map((cell) => cell.trim());
    const cveId = cells[at.cve] ?? '';
    if (cells.length !== at.count || !/^CVE-\d{4}-\d{4,19}$/.test(cveId))
      throw invalid(number, `is no row: "${excerpt(text)}"`);
    const probability = readShare(cells[at.epss]);
    const percentile = readShare(cells[at.percentile]);
    if (probability === null || percentile === undefined || probability === undefined) {
      throw invalid(number, `has a score that is not between 0 and 1: "${excerpt(text)}"`);
    }
    yield { cveId, probability, percentile };
  }
}

/** A number from 0 to 1; null when there is none (older files have an empty percentile); undefined when it is no such number. */
function readShare(cell: string | undefined): number | null | undefined {
  if (cell === undefined || cell === '') return null;
  if (!/^(?:\d+(?:\.\d*)?|\.\d+)(?:e-?\d{1,3})?$/i.test(cell)) return undefined;
  const value = Number(cell);
  return value <= 1 ? value : undefined;
}

async function* numberedLines(source: ByteSource): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8');
  let number = 0;
  let rest = '';
  for await (const chunk of boundedChunks(source, { bytes: maxEpssBytes, what: 'the EPSS file' })) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) yield line((number += 1), piece);
    if (rest.length > maxLineLength) throw invalid(number + 1, 'is far too long');
  }
  rest += decoder.decode();
  if (rest !== '') yield line(number + 1, rest);
}

function line(number: number, text: string): Line {
  if (text.length > maxLineLength) throw invalid(number, 'is far too long');
  return { number, text: text.replace(/\r$/, '') };
}

async function next(lines: AsyncGenerator<Line>): Promise<Line> {
  const step = await lines.next();
  if (step.done === true) throw invalid(1, 'is missing: the file ends too early');
  return step.value;
}

function invalid(lineNumber: number, why: string): HubFault {
  return hubFault({
    code: 'feed-invalid',
    message: `The EPSS file cannot be used: line ${lineNumber} ${why}.`,
    hint: 'Download the daily file again and unpack nothing by hand. What was imported before stays in use.',
    values: { feed: 'epss', line: lineNumber, why },
  });
}
