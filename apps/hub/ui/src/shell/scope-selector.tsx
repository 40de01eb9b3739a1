import { Skeleton, Stack, StackItem } from '@patternfly/react-core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Choice, type ChoiceOption } from '../design/choice.tsx';
import { useNamespaces } from './queries.ts';
import { clustersOf, namespacesOf, useScope, withCluster } from './scope.ts';

const all = '';

/** Narrows every page to a cluster and a namespace. */
export function ScopeSelector() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const scope = useScope();
  const { data: pairs, isPending } = useNamespaces();
  if (isPending) return <Skeleton screenreaderText={t('design.loading')} />;
  const known = pairs ?? [];

  function go(next: { cluster: string | undefined; ns: string | undefined }): void {
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...next, page: undefined }) });
  }
  return (
    <Stack hasGutter component="section" aria-label={t('scope.title')}>
      <StackItem>
        <Choice
          label={t('scope.cluster')}
          isFullWidth
          value={scope.cluster ?? all}
          options={withAll(t('scope.allClusters'), clustersOf(known), scope.cluster)}
          onChange={(value) => go(withCluster(scope, value === all ? undefined : value, known))}
        />
      </StackItem>
      <StackItem>
        <Choice
          label={t('scope.namespace')}
          isFullWidth
          value={scope.ns ?? all}
          options={withAll(t('scope.allNamespaces'), namespacesOf(known, scope.cluster), scope.ns)}
          onChange={(value) => go({ cluster: scope.cluster, ns: value === all ? undefined : value })}
        />
      </StackItem>
    </Stack>
  );
}

/** "All", the known names, and the name in the address even when the hub does not know it. */
function withAll(
  allLabel: string,
  names: readonly string[],
  current: string | undefined,
): readonly ChoiceOption<string>[] {
  const listed = current === undefined || names.includes(current) ? names : [current, ...names];
  return [{ value: all, label: allLabel }, ...listed.map((name) => ({ value: name, label: name }))];
}
