/** What stands in for a page that is still loading, or that broke while it was drawn. */
import { PageSection } from '@patternfly/react-core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useRouter } from '@tanstack/react-router';
import { SkeletonCard } from './design/skeletons.tsx';
import { Failure } from './source/failure.tsx';

export function PageLoading() {
  return (
    <PageSection isFilled>
      <SkeletonCard lines={8} />
    </PageSection>
  );
}

export function PageFault({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  function retry(): void {
    reset();
    void router.invalidate();
  }
  return (
    <PageSection isFilled>
      <Failure error={error} retry={retry} headingLevel="h1" />
    </PageSection>
  );
}
