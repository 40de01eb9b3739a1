import { judge, speedUp } from './bars.ts';
import type { SizeResult } from './measure-size.ts';
import { megabytes } from './measure-size.ts';
import type { Timing } from './samples.ts';

/** What a person reads of one size: tables in Markdown, so that they can go into documents as they are. */
export function describeResult(result: SizeResult): string {
  const { rows, load, polls, restart, emptyStart } = result;
  const facts = [
    ['first poll (everything read)', `${(result.fullPoll / 1000).toFixed(1)} s`],
    ['poll, nothing changed', one(polls.unchanged)],
    [`poll, ${polls.imagesChanged} images scanned again`, one(polls.changed)],
    ['start with empty databases: listening / ready', starts(emptyStart)],
    ['start from kept segments: listening / ready / first answer', starts(restart)],
    ['resident after a restart', megabytes(restart.memory)],
    ['resident after the first poll', megabytes(result.memoryAfterFullPoll)],
    ['resident after all questions', megabytes(result.memoryAfterQuestions)],
    [
      'mixed load',
      `${Math.round(load.perSecond)} answers/s, median ${ms(load.answers.median)}, p95 ${ms(load.answers.p95)}`,
    ],
    ['event-loop delay under it: p99 / max', `${load.loopP99.toFixed(1)} / ${load.loopMax.toFixed(1)} ms`],
  ];
  return [
    `## ${result.size}: ${rows['image_cves_v2'] ?? 0} CVE rows, ${rows['deployments'] ?? 0} deployments, ${rows['namespaces'] ?? 0} namespaces`,
    pageTable(result),
    filterTable(result),
    table(['what', 'measured'], facts),
    barTable(result),
  ].join('\n\n');
}

function pageTable(result: SizeResult): string {
  const lines = result.hub.map(({ page, scope, first, repeated, bytes }) => {
    const theirs = result.reference.find((figure) => figure.page === page && figure.scope === scope)?.timing;
    return [
      ...[
        scope,
        page,
        theirs === undefined ? '–' : one(theirs),
        ms(first.median),
        ms(first.p95),
        ms(repeated.median),
        ms(repeated.p95),
      ],
      ...[
        times(speedUp(result, page, scope, 'first')),
        times(speedUp(result, page, scope, 'repeated')),
        `${Math.ceil(bytes / 1024)} kB`,
      ],
    ];
  });
  const targeted = result.reference.filter(({ page }) => page === 'detail, one CVE asked for');
  const note = targeted
    .map(({ timing }) => `\n\nThe reference's detail, had it asked for the one CVE only: ${one(timing)}.`)
    .join('');
  const head = [
    'scope',
    'page',
    'reference',
    'first',
    'p95',
    'again',
    'p95',
    'faster, first',
    'faster, again',
    'answer',
  ];
  return table(head, lines) + note;
}

function filterTable(result: SizeResult): string {
  const scopes = [...new Set(result.filters.map(({ scope }) => scope))];
  const names = [...new Set(result.filters.map(({ filter }) => filter))];
  const cell = (filter: string, scope: string) => {
    const figure = result.filters.find((candidate) => candidate.filter === filter && candidate.scope === scope);
    return figure === undefined ? '–' : `${ms(figure.first.median)} / ${ms(figure.repeated.median)}`;
  };
  return table(
    ['filtered list, first / again', ...scopes],
    names.map((name) => [name, ...scopes.map((scope) => cell(name, scope))]),
  );
}

function barTable(result: SizeResult): string {
  const lines = judge(result).map(({ what, demanded, measured, isMet }) => [
    what,
    demanded,
    measured,
    isMet ? 'met' : 'NOT MET',
  ]);
  return table(['bar', 'demanded', 'measured', ''], lines);
}

function starts({ listening, ready, firstAnswer }: SizeResult['restart']): string {
  return [listening, ready, ...(firstAnswer === null ? [] : [firstAnswer])].map(one).join(' / ');
}

function one(timing: Timing): string {
  return `${timing.atLeast ? '> ' : ''}${ms(timing.median)}`;
}

function ms(value: number): string {
  return value >= 10_000
    ? `${(value / 1000).toFixed(1)} s`
    : value >= 100
      ? `${Math.round(value)} ms`
      : `${value.toFixed(1)} ms`;
}

function times(value: number): string {
  return Number.isNaN(value) ? '–' : `${value >= 10 ? Math.round(value) : value.toFixed(1)} ×`;
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
