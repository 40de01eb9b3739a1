import { Card, CardBody, CardHeader, CardTitle } from '@patternfly/react-core';
import { type ReactNode, useId } from 'react';

export interface SectionCardProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A titled part of a page; a landmark that screen readers can jump to. */
export function SectionCard({ title, actions, children }: SectionCardProps) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id}>
      <CardHeader {...(actions === undefined ? {} : { actions: { actions, hasNoOffset: true } })}>
        <CardTitle component="h2" id={id}>
          {title}
        </CardTitle>
      </CardHeader>
      <CardBody>{children}</CardBody>
    </Card>
  );
}
