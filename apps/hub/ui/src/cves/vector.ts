/** The base metrics of a CVSS 3 vector, so that a person can read them (FIRST, CVSS v3.1, section 2). */

const metrics = {
  AV: { N: 'network', A: 'adjacent', L: 'local', P: 'physical' },
  AC: { L: 'low', H: 'high' },
  PR: { N: 'none', L: 'low', H: 'high' },
  UI: { N: 'alone', R: 'required' },
  S: { U: 'unchanged', C: 'changed' },
  C: { N: 'none', L: 'low', H: 'high' },
  I: { N: 'none', L: 'low', H: 'high' },
  A: { N: 'none', L: 'low', H: 'high' },
} as const;

type Metric = keyof typeof metrics;
type Value = { [M in Metric]: (typeof metrics)[M][keyof (typeof metrics)[M]] }[Metric];

export interface VectorWord {
  readonly metric: Metric;
  readonly value: Value;
}

/** The metrics of `CVSS:3.x/AV:N/…` that are known; none of anything else, whose text is then all there is to show. */
export function vectorWords(vector: string): readonly VectorWord[] {
  if (!/^CVSS:3\.[01]\//.test(vector) || vector.length > 200) return [];
  return vector.split('/').flatMap((part) => {
    const [metric = '', letter = ''] = part.split(':');
    if (!isMetric(metric)) return [];
    const value = (metrics[metric] as Readonly<Record<string, Value>>)[letter];
    return value === undefined ? [] : [{ metric, value }];
  });
}

function isMetric(text: string): text is Metric {
  return Object.hasOwn(metrics, text);
}
