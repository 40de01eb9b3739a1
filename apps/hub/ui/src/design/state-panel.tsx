/** What a page shows instead of its content, and why. Knows looks, not causes. */
import {
  Button,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core';
import type { ComponentType, ReactNode } from 'react';

export interface StateAction {
  readonly label: string;
  readonly onClick: () => void;
  readonly isBusy?: boolean;
}

export interface StatePanelProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly icon?: ComponentType;
  readonly status?: 'danger' | 'warning' | 'info';
  /** Facts for a report to the operator: code, request id. */
  readonly facts?: readonly (readonly [label: string, value: string])[];
  readonly actions?: readonly StateAction[];
  readonly headingLevel?: 'h1' | 'h2' | 'h3';
  readonly isCompact?: boolean;
}

export function StatePanel({
  title,
  children,
  icon,
  status,
  facts = [],
  actions = [],
  headingLevel = 'h2',
  isCompact,
}: StatePanelProps) {
  return (
    <EmptyState
      titleText={title}
      headingLevel={headingLevel}
      variant={isCompact ? 'sm' : 'lg'}
      {...(icon === undefined ? {} : { icon })}
      {...(status === undefined ? {} : { status, role: status === 'danger' ? 'alert' : 'status' })}
    >
      {children !== undefined && <EmptyStateBody>{children}</EmptyStateBody>}
      {(facts.length > 0 || actions.length > 0) && (
        <EmptyStateFooter>
          <EmptyStateActions>
            {actions.map((action, index) => (
              <Button
                key={action.label}
                variant={index === 0 ? 'primary' : 'link'}
                onClick={action.onClick}
                isLoading={action.isBusy === true}
              >
                {action.label}
              </Button>
            ))}
          </EmptyStateActions>
          {facts.length > 0 && <Facts facts={facts} />}
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

function Facts({ facts }: { readonly facts: NonNullable<StatePanelProps['facts']> }) {
  return (
    <DescriptionList isHorizontal isCompact className="app-facts">
      {facts.map(([label, value]) => (
        <DescriptionListGroup key={label}>
          <DescriptionListTerm>{label}</DescriptionListTerm>
          <DescriptionListDescription>
            <code className="app-foreign">{value}</code>
          </DescriptionListDescription>
        </DescriptionListGroup>
      ))}
    </DescriptionList>
  );
}
