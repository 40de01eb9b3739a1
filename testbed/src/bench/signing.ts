import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Output } from './desk.ts';
import { timingOf } from './samples.ts';
import { measureCommands } from './signing-commands.ts';
import type { CommandFigure } from './signing-commands.ts';
import { measureCopy } from './signing-copy.ts';
import type { CopyFigure } from './signing-copy.ts';
import { measureThroughput } from './signing-throughput.ts';
import type { ThroughputFigure } from './signing-throughput.ts';

/** What `npm run bench -- signing --help` prints. */
export const signingHelp = `npm run bench -- signing [options]

Measures signing and verifying against the bare cryptography, the shipped command against the real cosign
(where bash tools/fetch-peers.sh has brought it) and an empty Node, and the memory of copying a large image.

  --signatures N   how many in one process (1000)
  --copy-mib N     size of the copied image in MiB (1024)
  --json FILE      writes everything measured
  --strict         ends with 1 when a bar is missed

Exit codes: 0 measured, 1 a bar was missed (--strict only) or the measuring failed, 2 wrong use.
Example: npm run bench -- signing --copy-mib 256
`;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const maxVerifyRatio = 1.5;
const maxStartRatio = 2;
const maxCopyBytes = 96 * 2 ** 20;

interface Measured {
  readonly throughput: readonly ThroughputFigure[];
  readonly commands: readonly CommandFigure[];
  readonly copy: CopyFigure;
}

interface Line {
  readonly what: string;
  readonly measured: string;
  readonly bar: string;
  readonly isMet?: boolean;
}

/** Runs the command; returns its exit code. */
export async function runSigning(args: readonly string[], { out, say }: Output): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      signatures: { type: 'string', default: '1000' },
      'copy-mib': { type: 'string', default: '1024' },
      json: { type: 'string' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    out(signingHelp);
    return 0;
  }
  const [signatures, mebibytes] = [Number(values.signatures), Number(values['copy-mib'])];
  if (!(signatures > 0) || !(mebibytes > 0)) {
    say('--signatures and --copy-mib take positive numbers.');
    return 2;
  }
  const shipped = shippedCommand(say);
  const measured: Measured = {
    commands: await measureCommands(shipped, say),
    throughput: await measureThroughput(signatures),
    copy: await measureCopy(shipped, mebibytes * 2 ** 20, say),
  };
  const lines = [...commandLines(measured.commands), ...throughputLines(measured.throughput), copyLine(measured.copy)];
  out(`${table(lines)}\n`);
  if (values.json !== undefined) {
    await writeFile(values.json, JSON.stringify({ node: process.version, ...measured, lines }, null, 1));
  }
  return values.strict && lines.some(({ isMet }) => isMet === false) ? 1 : 0;
}

/** What is shipped is what people wait for, so it is built first. */
function shippedCommand(say: (text: string) => void): string {
  say('building the command');
  const build = spawnSync(process.execPath, ['tools/run.mjs', 'build'], { cwd: root, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`the build failed: ${build.stderr}${build.stdout}`);
  return fileURLToPath(new URL('dist/pratique.mjs', `file://${root}`));
}

function commandLines(figures: readonly CommandFigure[]): readonly Line[] {
  const median = (what: string) => timingOf(figures.find((figure) => figure.what === what)?.samples ?? []).median;
  const [empty, version, verify] = [median('node -e 0'), median('pratique version'), median('pratique verify')];
  const start = version / empty;
  const against = ['cosign-2', 'cosign-3'].map((name): Line => {
    const theirs = median(`${name} verify`);
    if (Number.isNaN(theirs)) return { what: `pratique verify against ${name}`, measured: 'not here', bar: '≤ 1.0 ×' };
    const ratio = verify / theirs;
    const measured = `${ratio.toFixed(2)} × (${verify.toFixed(0)} / ${theirs.toFixed(0)} ms)`;
    return { what: `pratique verify against ${name}`, measured, bar: '≤ 1.0 ×', isMet: ratio <= 1 };
  });
  return [
    {
      what: 'pratique version against node -e 0',
      measured: `${start.toFixed(2)} × (${version.toFixed(0)} / ${empty.toFixed(0)} ms)`,
      bar: `≤ ${maxStartRatio} ×`,
      isMet: start <= maxStartRatio,
    },
    ...against,
  ];
}

function throughputLines(figures: readonly ThroughputFigure[]): readonly Line[] {
  return figures.flatMap(({ format, signatures, ours, bare }) => {
    const ratio = ours.verify / bare.verify;
    const rate = (ms: number) => `${Math.round((signatures * 1000) / ms)}/s`;
    return [
      {
        what: `verify ${signatures} signatures, ${format}, against crypto.verify`,
        measured: `${ratio.toFixed(2)} × (${rate(ours.verify)} against ${rate(bare.verify)})`,
        bar: `≤ ${maxVerifyRatio} ×`,
        isMet: ratio <= maxVerifyRatio,
      },
      {
        what: `make ${signatures} signatures, ${format}, against crypto.sign`,
        measured: `${(ours.sign / bare.sign).toFixed(2)} × (${rate(ours.sign)} against ${rate(bare.sign)})`,
        bar: '–',
      },
    ];
  });
}

function copyLine({ bytes, milliseconds, peakBytes }: CopyFigure): Line {
  const rate = bytes / 2 ** 20 / (milliseconds / 1000);
  return {
    what: `memory while copying ${Math.round(bytes / 2 ** 20)} MiB between two registries`,
    measured: `${Math.round(peakBytes / 2 ** 20)} MiB resident, ${rate.toFixed(0)} MiB/s`,
    bar: `≤ ${maxCopyBytes / 2 ** 20} MiB`,
    isMet: peakBytes <= maxCopyBytes,
  };
}

function table(lines: readonly Line[]): string {
  const rows = lines.map(({ what, measured, bar, isMet }) => {
    const verdict = isMet === undefined ? '' : isMet ? 'met' : 'missed';
    return `| ${what} | ${measured} | ${bar} | ${verdict} |`;
  });
  return ['| what | measured | bar | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
