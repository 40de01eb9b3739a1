import { Alert, Card, CardBody, CardHeader, CardTitle, Icon, Skeleton, Stack, StackItem } from '@patternfly/react-core';
import CheckCircleIcon from '@patternfly/react-icons/dist/esm/icons/check-circle-icon';
import type { Today } from '@pratique/hub/contract';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import type { Scope } from '../shell/scope.ts';
import { Loaded } from '../source/loaded.tsx';
import { useSource } from '../source/queries.ts';
import { useToday } from './queries.ts';
import { TodayCounts } from './today-counts.tsx';
import { TodayTable } from './today-table.tsx';

interface TodayBlockProps {
  readonly scope: Scope;
  /** The figures below could not be had either, and say so: once is enough. */
  readonly isSaidBelow: boolean;
}

/** What to do today, why, and until when. Not there on a hub that does not know the question. */
export function TodayBlock({ scope, isSaidBelow }: TodayBlockProps) {
  const { t } = useTranslation();
  const id = useId();
  const query = useToday(scope);
  if (query.data === null || (query.isError && isSaidBelow)) return null;
  return (
    <Card component="section" aria-labelledby={id}>
      <CardHeader>
        <CardTitle component="h2" id={id}>
          {t('dashboard.today.title')}
        </CardTitle>
      </CardHeader>
      <CardBody>
        <Loaded query={query} skeleton={<LinesLoading />} headingLevel="h3" isCompact>
          {(today) =>
            today === null ? null : today.items.length === 0 ? (
              <NothingUrgent today={today} />
            ) : (
              <>
                <TodayCounts today={today} />
                <TodayTable today={today} askedAt={new Date(query.dataUpdatedAt)} />
              </>
            )
          }
        </Loaded>
      </CardBody>
    </Card>
  );
}

function LinesLoading() {
  const { t } = useTranslation();
  return (
    <Stack hasGutter aria-busy="true">
      {[55, 80, 75, 85, 70].map((width, line) => (
        <StackItem key={width}>
          <Skeleton width={`${width}%`} screenreaderText={line === 0 ? t('design.loading') : ''} />
        </StackItem>
      ))}
    </Stack>
  );
}

/** Calm, but saying what was looked at and when: silence of a broken look would look the same. */
function NothingUrgent({ today }: { readonly today: Today }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: source } = useSource();
  if (source?.state === 'never_read')
    return <Alert component="p" isInline isPlain variant="warning" title={t('source.neverTitle')} />;
  const asOf = today.data_as_of ?? source?.data_as_of ?? null;
  return (
    <div className="app-calm">
      <Icon status="success" size="lg">
        <CheckCircleIcon />
      </Icon>
      <div>
        <p className="app-strong">{t('dashboard.today.nothing')}</p>
        <p className="app-subtle">
          {t('dashboard.today.lookedFor')}{' '}
          {asOf !== null && t('dashboard.today.lookedAt', { at: format.dateTime(asOf) })}
        </p>
      </div>
    </div>
  );
}
