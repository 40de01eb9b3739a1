import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { judge } from './bars.ts';
import { fleetSizes, startBenchServer } from './fleet-cache.ts';
import type { FleetSize } from './fleet-cache.ts';
import { measureSize } from './measure-size.ts';
import type { SizeResult } from './measure-size.ts';
import { describeResult } from './report.ts';

/** What `npm run bench -- desk --help` prints. */
export const deskHelp = `npm run bench -- desk [options]

Measures the desk over HTTP against the live queries of the reference system, on the same data in the
same PostgreSQL, and judges the results by the bars of the project.

  --sizes small,medium   which fleets: small (0.1 million CVE rows), medium (1.1), large (5.4)
  --large                adds the large one: 9 GB of disk, up to twenty minutes
  --hub-only             leaves the reference out, to look at the hub's own times
  --json FILE            writes everything measured
  --strict               ends with 1 when a bar is missed

Exit codes: 0 measured, 1 a bar was missed (--strict only) or the measuring failed, 2 wrong use.
Example: npm run bench -- desk --sizes medium --json desk.json
`;

const folder = fileURLToPath(new URL('../../../.pratique/bench', import.meta.url));

/** Where the command writes. */
export interface Output {
  readonly out: (text: string) => void;
  readonly say: (text: string) => void;
}

/** Runs the command; returns its exit code. */
export async function runDesk(args: readonly string[], { out, say }: Output): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: 'small,medium' },
      large: { type: 'boolean', default: false },
      'hub-only': { type: 'boolean', default: false },
      json: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    out(deskHelp);
    return 0;
  }
  const sizes = sizesOf(`${values.sizes}${values.large ? ',large' : ''}`);
  if (sizes === null) {
    say(`--sizes takes ${fleetSizes.join(', ')}, separated by commas.`);
    return 2;
  }
  const results = await measureAll(sizes, values['hub-only'], { out, say });
  if (values.json !== undefined) {
    await writeFile(
      values.json,
      JSON.stringify({ node: process.version, results, bars: results.map(judged) }, null, 1),
    );
  }
  return values.strict && results.some((result) => judge(result).some(({ isMet }) => !isMet)) ? 1 : 0;
}

async function measureAll(
  sizes: readonly FleetSize[],
  hubOnly: boolean,
  { out, say }: Output,
): Promise<readonly SizeResult[]> {
  await using server = await startBenchServer(folder);
  const results: SizeResult[] = [];
  for (const size of sizes) {
    const result = await measureSize({ server, size, hubOnly, say });
    out(`${describeResult(result)}\n\n`);
    results.push(result);
  }
  return results;
}

function judged(result: SizeResult) {
  return { size: result.size, bars: judge(result) };
}

function sizesOf(list: string): readonly FleetSize[] | null {
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  const known = names.filter((name): name is FleetSize => (fleetSizes as readonly string[]).includes(name));
  return known.length === names.length ? known : null;
}
