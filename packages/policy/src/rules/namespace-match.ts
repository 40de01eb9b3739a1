/** Whether a rule is for a namespace (`match` of a rule). */
import type { LabelSelector, NamespaceMatch, Policy } from '../configuration/policy.ts';
import type { Place } from './rule-choice.ts';

/** Whether a rule is for a place; `unknown` where it asks for labels nobody could read. */
export type PlaceAnswer = 'yes' | 'no' | 'unknown';

/** Whether a rule with this `match` is for the place. Without `match` it is for every place. */
export function isForPlace(match: NamespaceMatch | undefined, place: Place): PlaceAnswer {
  if (match === undefined) return 'yes';
  if (match.namespaces !== undefined && !match.namespaces.includes(place.namespace)) return 'no';
  if (match.selector === undefined) return 'yes';
  if (place.namespaceLabels === undefined) return 'unknown';
  return selects(match.selector, place.namespaceLabels) ? 'yes' : 'no';
}

/** Whether any rule asks for labels of namespaces, so that whoever judges has to read them. */
export function needsNamespaceLabels(policy: Pick<Policy, 'rules'>): boolean {
  return policy.rules.some(({ match }) => match?.selector !== undefined);
}

/** As `metav1.LabelSelector`: everything it says must hold. A label that is absent fulfils `NotIn`, as in Kubernetes. */
function selects({ matchLabels, matchExpressions }: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const valueOf = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(matchLabels).every(([key, value]) => valueOf(key) === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = valueOf(key);
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
      }
    })
  );
}
