import { Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { AdmissionListItem } from '@pratique/hub/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useAgo } from '../design/ago.ts';
import { ForeignWord, foreignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Nothing } from '../design/nothing.tsx';
import { ImageName } from '../images/image-link.tsx';
import { ClassText, OutcomeLabel } from './outcome.tsx';

interface DecisionsTableProps {
  readonly items: readonly AdmissionListItem[];
  /** The present, in milliseconds. */
  readonly now: number;
}

/** Decisions, newest first: what, where, and of refused ones why. */
export function DecisionsTable({ items, now }: DecisionsTableProps) {
  const { t } = useTranslation();
  return (
    <Table aria-label={t('admission.title')} variant="compact" gridBreakPoint="grid-lg" className="app-tight">
      <Thead>
        <Tr>
          <Th>{t('admission.column.outcome')}</Th>
          <Th>{t('admission.column.workload')}</Th>
          <Th>{t('admission.column.place')}</Th>
          <Th>{t('admission.column.images')}</Th>
          <Th>{t('admission.column.at')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {items.map((item) => (
          <DecisionRow key={`${item.cluster_name} ${item.uid}`} item={item} now={now} />
        ))}
      </Tbody>
    </Table>
  );
}

function DecisionRow({ item, now }: { readonly item: AdmissionListItem; readonly now: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const ago = useAgo();
  return (
    <Tr>
      <Td dataLabel={t('admission.column.outcome')} modifier="nowrap">
        <span className="app-with-icon">
          <OutcomeLabel outcome={item.outcome} />
          {item.dry_run && (
            <Label isCompact variant="outline">
              {t('admission.dryRun')}
            </Label>
          )}
        </span>
      </Td>
      <Td dataLabel={t('admission.column.workload')}>
        <Link to="/admission/$uid" params={{ uid: item.uid }} search={{ in: item.cluster_name }} className="app-name">
          <ForeignWord>{workloadName(item, t('admission.unnamed'))}</ForeignWord>
        </Link>
        <div className="app-subtle app-small">
          <ForeignWord>{item.kind}</ForeignWord>
        </div>
      </Td>
      <Td dataLabel={t('admission.column.place')} className="app-words">
        <ForeignWord>{item.namespace}</ForeignWord>
        <div className="app-subtle app-small">
          <ForeignWord>{item.cluster_name}</ForeignWord>
        </div>
      </Td>
      <Td dataLabel={t('admission.column.images')}>
        <Images item={item} />
      </Td>
      <Td dataLabel={t('admission.column.at')} modifier="nowrap">
        <time dateTime={item.at} title={format.dateTime(item.at)} className="app-figures">
          {ago(item.at, now)}
        </time>
      </Td>
    </Tr>
  );
}

/** Of a refused workload the images to blame, each with the reason; of others the first. */
function Images({ item }: { readonly item: AdmissionListItem }) {
  const { t } = useTranslation();
  const refused = item.images.filter(({ verdict }) => verdict === 'refused');
  const shown = refused.length > 0 ? refused : item.images.slice(0, 1);
  const more = (refused.length > 0 ? item.refused_count : item.image_count) - shown.length;
  if (shown.length === 0) return <Nothing />;
  return (
    <>
      {shown.map(({ image, class: word, verdict }) => (
        <div key={image}>
          {verdict === 'refused' && word !== null && (
            <>
              <span className="app-strong">
                <ClassText word={word} />
              </span>
              {': '}
            </>
          )}
          <ImageName>{shortReference(image)}</ImageName>
        </div>
      ))}
      {more > 0 && <div className="app-subtle app-small">{t('design.more', { count: more })}</div>}
    </>
  );
}

/** Enough of a digest to tell two apart; the page of the decision has all of it. */
function shortReference(image: string): string {
  return image.replace(/@sha256:([\da-f]{12})[\da-f]{52}$/, '@sha256:$1…');
}

/** Pods of a controller have no name of their own when they are asked for. */
export function workloadName({ name }: { readonly name: string }, unnamed: string): string {
  return name === '' ? unnamed : foreignWord(name);
}
