import { Alert, AlertActionLink } from '@patternfly/react-core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure, type FailureProps } from './failure.tsx';

export interface LoadedProps<T> extends Pick<FailureProps, 'headingLevel' | 'isCompact'> {
  readonly query: UseQueryResult<T>;
  /** Grey shapes in the form of the content. */
  readonly skeleton: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/**
 * Content that has to be fetched: loading, failed, or there. Content that is there stays when fetching it again
 * fails, under a notice that says so. Whether it is empty is for the children to say.
 */
export function Loaded<T>({ query, skeleton, children, headingLevel, isCompact }: LoadedProps<T>) {
  const { t } = useTranslation();
  const retry = () => void query.refetch();
  if (query.isPending) return skeleton;
  if (query.data === undefined || (query.isError && query.isPlaceholderData)) {
    return (
      <Failure
        error={query.error}
        retry={retry}
        isRetrying={query.isFetching}
        headingLevel={headingLevel}
        isCompact={isCompact}
      />
    );
  }
  return (
    <>
      {query.isRefetchError && (
        <Alert
          component="p"
          isInline
          variant="warning"
          title={t('failure.notRefreshed')}
          actionLinks={<AlertActionLink onClick={retry}>{t('failure.retry')}</AlertActionLink>}
        />
      )}
      {children(query.data)}
    </>
  );
}
