import { Button, List, ListItem, Title } from '@patternfly/react-core';
import ExternalLinkIcon from '@patternfly/react-icons/dist/esm/icons/external-link-alt-icon';
import type { CveDetail } from '@pratique/hub/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { usePrinting } from '../design/printing.ts';
import { SectionCard } from '../design/section-card.tsx';
import { type CveLinkTarget, type LinkKind, linkKinds, linksOf } from './links.ts';

/** Where else to read about it, by who wrote it. */
export function LinksCard({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const links = linksOf(cve);
  const isUnread = cve.record_state === 'unavailable' || cve.record_state === 'broken';
  const groups = linkKinds
    .map((kind) => ({ kind, links: links.filter((link) => link.kind === kind) }))
    .filter((group) => group.links.length > 0);
  return (
    <SectionCard title={t('cve.references')}>
      {isUnread && <p className="app-subtle app-below">{t('cves.linksUnread')}</p>}
      {groups.length === 0 && !isUnread && <p className="app-subtle">{t('cves.noLinks')}</p>}
      {groups.map((group) => (
        <LinkGroup key={group.kind} {...group} />
      ))}
    </SectionCard>
  );
}

const shownFirst = 6;

function LinkGroup({ kind, links }: { readonly kind: LinkKind; readonly links: readonly CveLinkTarget[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const isWhole = usePrinting() || all;
  return (
    <>
      <Title headingLevel="h3" size="md" className="app-section-heading">
        {t(`cve.linkKind.${kind}`)}
      </Title>
      <List isPlain>
        {links.slice(0, isWhole ? links.length : shownFirst).map(({ url, label }) => (
          <ListItem key={url}>
            <a href={url} target="_blank" rel="noopener noreferrer" className="app-foreign app-outward">
              <ForeignWord>{label}</ForeignWord> <ExternalLinkIcon className="app-no-print" />
              <span className="pf-v6-screen-reader"> {t('design.newWindow')}</span>
            </a>
          </ListItem>
        ))}
      </List>
      {!isWhole && links.length > shownFirst && (
        <Button variant="link" isInline onClick={() => setAll(true)}>
          {t('cves.showAllOf', { count: links.length })}
        </Button>
      )}
    </>
  );
}
