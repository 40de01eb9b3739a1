import { Breadcrumb, BreadcrumbItem, Flex, FlexItem, PageSection, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';

export interface PageHeadingProps {
  readonly title: string;
  /** What stands beside the title: labels, a count. */
  readonly aside?: ReactNode;
  readonly children?: ReactNode;
  /** The way back: what lies above this page. */
  readonly parent?: ReactNode;
}

/** Title of a page, in the window and on it. After a navigation the heading takes the focus. */
export function PageHeading({ title, aside, children, parent }: PageHeadingProps) {
  return (
    <>
      <title>{`${title} · Pratique`}</title>
      {parent !== undefined && (
        <PageSection type="breadcrumb">
          <Breadcrumb>
            <BreadcrumbItem>{parent}</BreadcrumbItem>
            <BreadcrumbItem isActive>
              <bdi className="app-foreign">{title}</bdi>
            </BreadcrumbItem>
          </Breadcrumb>
        </PageSection>
      )}
      <PageSection className="app-heading">
        <Flex
          alignItems={{ default: 'alignItemsCenter' }}
          columnGap={{ default: 'columnGapMd' }}
          rowGap={{ default: 'rowGapSm' }}
        >
          <FlexItem>
            <Title headingLevel="h1" size="2xl" tabIndex={-1} data-page-heading>
              <bdi className="app-foreign">{title}</bdi>
            </Title>
          </FlexItem>
          {aside !== undefined && <FlexItem>{aside}</FlexItem>}
        </Flex>
        {children}
      </PageSection>
    </>
  );
}
