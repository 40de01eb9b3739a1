import { ClipboardCopy, DescriptionList } from '@patternfly/react-core';
import type { ImageDetail } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { wordOrNothing } from '../cves/image-cve-table.tsx';
import { Fact } from '../design/fact.tsx';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useFormat } from '../design/format.ts';
import { Moment } from '../design/moment.tsx';
import { SectionCard } from '../design/section-card.tsx';

/** Where the image comes from, and when it was looked at. */
export function Metadata({ image }: { readonly image: ImageDetail }) {
  const { t } = useTranslation();
  const format = useFormat();
  const others = image.other_names ?? [];
  return (
    <SectionCard title={t('images.metadata')}>
      <DescriptionList isCompact columnModifier={{ default: '1Col', md: '2Col', xl: '3Col' }}>
        <Fact label={t('images.digest')}>
          <ClipboardCopy
            isReadOnly
            hoverTip={t('design.copy')}
            clickTip={t('design.copied')}
            textAriaLabel={t('images.digest')}
            variant="inline-compact"
            isCode
          >
            {image.image_id}
          </ClipboardCopy>
        </Fact>
        <Fact label={t('images.registry')}>{wordOrNothing(image.name_registry)}</Fact>
        <Fact label={t('images.repository')}>{wordOrNothing(image.name_remote)}</Fact>
        <Fact label={t('images.tag')}>{wordOrNothing(image.name_tag)}</Fact>
        <Fact label={t('cves.os')}>{wordOrNothing(image.os)}</Fact>
        <Fact label={t('images.user')}>{wordOrNothing(image.docker_user)}</Fact>
        <Fact label={t('images.componentCount')}>{format.count(image.component_count)}</Fact>
        <Fact label={t('images.created')}>
          <Moment at={image.created} withTime />
        </Fact>
        <Fact label={t('images.scanned')}>
          {image.scan_state === 'not_scanned' ? t('image.neverScanned') : <Moment at={image.last_scanned} withTime />}
        </Fact>
        {others.length > 0 && (
          <Fact label={t('images.otherNames')}>
            {others.map((name) => (
              <div key={name}>
                <ForeignWord>{name}</ForeignWord>
              </div>
            ))}
          </Fact>
        )}
      </DescriptionList>
    </SectionCard>
  );
}
