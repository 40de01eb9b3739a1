/** Whether the gate would start with converted values: the same reader as in the cluster, over what the chart would hand it. */
import { parsePolicy, type Problem } from '@pratique/policy';
import { stringify } from 'yaml';
import { compact, listOf, mapOf, type Values } from './values.ts';

/** What the chart has where the values say nothing. */
const chartValidators = [
  { name: 'allow', type: 'static', approve: true },
  { name: 'deny', type: 'static', approve: false },
];
const chartPolicy = [{ pattern: '*:*', validator: 'deny' }];

/** Everything that would keep the gate from starting, with its path inside the values; empty where nothing would. */
export function judgeValues(values: Values): readonly Problem[] {
  const application = mapOf(values['application']);
  const features = mapOf(application['features']);
  const document = compact({
    validators: listOf(application['validators'] ?? chartValidators).map(withSecret),
    policy: application['policy'] ?? chartPolicy,
    registries: values['registries'],
  });
  const parsed = parsePolicy(stringify(document), {
    patternMatching: features['patternMatching'] === 'legacy' ? 'legacy' : 'anchored',
    strictConfig: features['strictConfig'] === true,
  });
  if (parsed.state === 'valid') return [];
  return parsed.problems.map(({ line: _line, column: _column, ...problem }) => ({
    ...problem,
    path: problem.path.startsWith('registries') ? problem.path : `application.${problem.path}`,
  }));
}

// As the chart does: credentials become a Secret, of which only the name is configuration.
function withSecret(validator: unknown): unknown {
  const auth = mapOf(mapOf(validator)['auth']);
  return auth['username'] === undefined
    ? validator
    : { ...mapOf(validator), auth: { secretName: 'made-by-the-chart' } };
}
