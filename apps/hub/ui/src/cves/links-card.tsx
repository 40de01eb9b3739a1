import { Button, List, ListItem, Title } from '@patternfly/react-core';
import ExternalLinkIcon from '@patternfly/react-icons/dist/esm/icons/external-link-alt-icon';
import type { CveDetail } from '@pratique/hub/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { type CveLinkTarget, type LinkKind, linksOf } from './links.ts';

const kinds = ['primary', 'advisory', 'scores', 'references', 'known'] as const satisfies readonly LinkKind[];

/** Where else to read about it, by who wrote it. */
export function LinksCard({ cve }: { readonly cve: CveDetail }) {
  const { t } = useTranslation();
  const links = linksOf(cve);
  const isUnread = cve.record_state === 'unavailable' || cve.record_state === 'broken';
  const groups = kinds
    .map((kind) => ({ kind, links: links.filter((link) => link.kind === kind) }))
    .filter((group) => group.links.length > 0);
  return (
    <SectionCard title={t('cves.links')}>
      {groups.length === 0 && <p className="app-subtle">{isUnread ? t('cves.linksUnread') : t('cves.noLinks')}</p>}
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
  return (
    <>
      <Title headingLevel="h3" size="md" className="app-section-heading">
        {t(`cves.linkKind.${kind}`)}
      </Title>
      <List isPlain>
        {links.slice(0, all ? links.length : shownFirst).map(({ url, label }) => (
          <ListItem key={url}>
            <a href={url} target="_blank" rel="noopener noreferrer" className="app-foreign">
              <ForeignWord>{label}</ForeignWord> <ExternalLinkIcon />
              <span className="pf-v6-screen-reader"> {t('design.newWindow')}</span>
            </a>
          </ListItem>
        ))}
      </List>
      {!all && links.length > shownFirst && (
        <Button variant="link" isInline onClick={() => setAll(true)}>
          {t('cves.showAllOf', { count: links.length })}
        </Button>
      )}
    </>
  );
}
