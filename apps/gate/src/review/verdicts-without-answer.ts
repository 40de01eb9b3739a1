/** Verdicts on images whose validator did not answer: the time was up, or something broke. */
import type { Choice } from '@pratique/policy';
import type { RefusedVerdict } from './outcome.ts';

/** The deadline came before the verdict. */
export function lateVerdict(choice: Choice | undefined, image: string): RefusedVerdict {
  return {
    ...headOf(choice, image),
    class: 'timeout',
    message: `validation of image ${image} timed out`,
    wanted: 'a verdict before the API server stops waiting',
    nextStep:
      'Try again: what was begun goes on. If it stays, look at the latency of the registry, or raise timeoutSeconds.',
  };
}

/** Something was thrown that should not be: never a reason to let an image in. */
export function brokenVerdict(choice: Choice | undefined, image: string): RefusedVerdict {
  return {
    ...headOf(choice, image),
    class: 'internal',
    message: `internal error while image ${image} was validated`,
    wanted: 'a verdict',
    nextStep: 'Try again. If it stays, report it with the log of the gate: this is a bug.',
  };
}

function headOf(choice: Choice | undefined, image: string) {
  const chosen = choice?.state === 'chosen' ? choice : undefined;
  return {
    verdict: 'refused',
    image,
    ...(chosen === undefined ? {} : { by: chosen.by }),
    found: [],
    warnings: [],
    onlyWarn: chosen?.rule.action === 'warn',
  } as const;
}
