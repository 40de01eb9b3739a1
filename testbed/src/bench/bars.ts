import type { FleetSize } from './fleet-cache.ts';
import type { SizeResult } from './measure-size.ts';
import { pageNames } from './reference-queries.ts';
import type { PageName } from './reference-queries.ts';

/** One demand on the desk and how it turned out. */
export interface Bar {
  readonly what: string;
  readonly demanded: string;
  readonly measured: string;
  readonly isMet: boolean;
}

/** How many times faster than the reference a page must be, by whose view it is; medians. */
const demandedSpeed: Readonly<Record<string, number>> = {
  'security team': 100,
  '50 namespaces': 100,
  '5 namespaces': 50,
};
const maxLoopDelayMs = 20;
const maxMemory = 500 * 2 ** 20;
const maxRestart = 5;
const maxPollShare = 0.01;
/** Speed is demanded from a million rows on; memory, restart and poll where the fleet is as large as fleets get. */
const speedSizes: readonly FleetSize[] = ['medium', 'large'];

/** The bars that hold for a size. */
export function judge(result: SizeResult): readonly Bar[] {
  const speed = speedSizes.includes(result.size) && result.reference.length > 0 ? speedBars(result) : [];
  return [...speed, loopBar(result), ...(result.size === 'large' ? largeBars(result) : [])];
}

/** How many times faster the hub answers than the reference, by medians; NaN where either is missing. */
export function speedUp(result: SizeResult, page: string, scope: string, answer: 'first' | 'repeated'): number {
  const theirs = result.reference.find((figure) => figure.page === page && figure.scope === scope)?.timing.median;
  const ours = result.hub.find((figure) => figure.page === page && figure.scope === scope)?.[answer].median;
  return (theirs ?? Number.NaN) / (ours ?? Number.NaN);
}

/** A bar per page, scope and answer: what nobody has asked since the version came, and what somebody has. */
function speedBars(result: SizeResult): Bar[] {
  return Object.entries(demandedSpeed).flatMap(([scope, demanded]) =>
    pageNames.flatMap((page) =>
      (['first', 'repeated'] as const).map((answer) => speedBar(result, { page, scope, answer, demanded })),
    ),
  );
}

function speedBar(
  result: SizeResult,
  { page, scope, answer, demanded }: { page: PageName; scope: string; answer: 'first' | 'repeated'; demanded: number },
): Bar {
  const found = speedUp(result, page, scope, answer);
  return {
    what: `${page}, ${scope}, ${answer === 'first' ? 'first answer' : 'asked again'}`,
    demanded: `≥ ${demanded} ×`,
    measured: `${found >= 10 ? Math.round(found) : found.toFixed(1)} ×`,
    isMet: found >= demanded,
  };
}

function loopBar({ load }: SizeResult): Bar {
  return {
    what: 'event-loop delay, p99',
    demanded: `≤ ${maxLoopDelayMs} ms`,
    measured: `${load.loopP99.toFixed(1)} ms`,
    isMet: load.loopP99 <= maxLoopDelayMs,
  };
}

function largeBars(result: SizeResult): Bar[] {
  const memory = (what: string, bytes: number): Bar => ({
    what,
    demanded: `≤ ${maxMemory / 2 ** 20} MiB`,
    measured: `${Math.round(bytes / 2 ** 20)} MiB`,
    isMet: bytes <= maxMemory,
  });
  const restart = (result.restart.firstAnswer?.median ?? Number.NaN) / result.emptyStart.ready.median;
  const poll = result.polls.changed.median / result.fullPoll;
  return [
    memory('memory after a restart', result.restart.memory),
    memory('memory after the first poll', result.memoryAfterFullPoll),
    memory('memory after all questions', result.memoryAfterQuestions),
    {
      what: 'restart to first answer ÷ start with empty databases',
      demanded: `≤ ${maxRestart} ×`,
      measured: `${restart.toFixed(1)} ×`,
      isMet: restart <= maxRestart,
    },
    {
      what: 'poll with 1 % changed ÷ first poll',
      demanded: `≤ ${100 * maxPollShare} %`,
      measured: `${(100 * poll).toFixed(2)} %`,
      isMet: poll <= maxPollShare,
    },
  ];
}
