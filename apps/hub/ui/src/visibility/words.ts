/** What the hub says of a term, in the reader's language. A term this console does not know keeps the hub's own words. */
import type { VisibilityTerm } from '@pratique/hub/contract';
import type { TFunction } from 'i18next';
import type { Format } from '../design/format.ts';

export interface TermContext {
  readonly cveId: string;
  readonly t: TFunction;
  readonly format: Format;
}

/** The sentence of a term with its values. */
export function termText(term: VisibilityTerm, context: TermContext): string {
  const values = valuesOf(term, context);
  if (values === null) return term.text;
  const { t, cveId } = context;
  return t(`visibility.says.${term.term}`, { cve: cveId, defaultValue: term.text, ...values });
}

/** What the reader can do about it, null where there is nothing. */
export function nextStepText(term: VisibilityTerm, { t }: Pick<TermContext, 't'>): string | null {
  if (term.next_step === null) return null;
  const { users, groups } = term.values;
  const annotated = typeof users === 'string' && typeof groups === 'string';
  const names = annotated ? { users, groups } : {};
  const isAnnotationTerm = term.term === 'no_namespaces' || term.term === 'namespace_not_in_scope';
  if (isAnnotationTerm && !annotated) return term.next_step;
  return t(`visibility.next.${term.term as NextStep}`, { defaultValue: term.next_step, ...names });
}

/** Terms that come with a next step. */
type NextStep = 'below_cvss' | 'below_epss' | 'no_namespaces' | 'namespace_not_in_scope' | 'suppressed';

/** The values that the sentence of a term names, as the reader writes them; null where the hub left one out. */
function valuesOf({ term, values }: VisibilityTerm, context: TermContext): Record<string, string | number> | null {
  const { format, t } = context;
  const number = (name: string) => numberOf(values[name]);
  switch (term) {
    case 'in_scope':
      return counted({ count: number('namespaces') }, format);
    case 'below_cvss':
      return written({ value: number('value'), limit: number('limit') }, format.score);
    case 'below_epss':
      return written({ value: number('value'), limit: number('limit') }, format.percent);
    case 'thresholds_met': {
      const cvss = written({ cvss: number('cvss'), minCvss: number('min_cvss') }, format.score);
      const epss = written({ epss: number('epss'), minEpss: number('min_epss') }, format.percent);
      return cvss === null || epss === null ? null : { ...cvss, ...epss };
    }
    case 'shown_by_priority': {
      const level = levels.find((known) => known === values['level']);
      return level === undefined ? null : { level: t(`dashboard.level.${level}`) };
    }
    case 'suppressed':
      return counted({ count: number('total') }, format);
    case 'partly_suppressed':
      return written({ covered: number('covered'), value: number('total') }, format.count);
    default:
      return {};
  }
}

const levels = ['critical', 'high', 'medium', 'low'] as const;

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function counted({ count }: { readonly count: number | null }, format: Format): Record<string, string | number> | null {
  return count === null ? null : { count, value: format.count(count) };
}

function written(
  numbers: Readonly<Record<string, number | null>>,
  write: (value: number) => string,
): Record<string, string> | null {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(numbers)) {
    if (value === null) return null;
    out[name] = write(value);
  }
  return out;
}
