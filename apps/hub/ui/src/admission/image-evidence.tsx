import { DescriptionList, List, ListItem } from '@patternfly/react-core';
import type { ImageDecision } from '@pratique/hub/contract';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';
import { ForeignText, ForeignWord, foreignWord } from '../design/foreign-text.tsx';
import { SectionCard } from '../design/section-card.tsx';
import { ClassText, VerdictLabel } from './outcome.tsx';

interface ImageEvidenceProps {
  readonly image: ImageDecision;
  /** The image runs within this person's reach and has a page of its own. */
  readonly hasPage: boolean;
}

/** One image of a workload: the verdict, what was wanted, what was found, and what to do next. */
export function ImageEvidence({ image, hasPage }: ImageEvidenceProps) {
  return (
    <SectionCard title={foreignWord(image.image)} actions={<VerdictLabel verdict={image.verdict} />}>
      {image.message !== '' && (
        <div className="app-evidence-message">
          <ForeignText text={image.message} />
        </div>
      )}
      <DescriptionList isHorizontal isCompact horizontalTermWidthModifier={{ default: '12ch', md: '18ch' }}>
        <Why image={image} />
        <WhoDecided image={image} />
        <Where image={image} hasPage={hasPage} />
      </DescriptionList>
    </SectionCard>
  );
}

function Why({ image }: Pick<ImageEvidenceProps, 'image'>) {
  const { t } = useTranslation();
  return (
    <>
      {image.class !== null && (
        <Fact label={t('admission.reason')}>
          <span className="app-strong">
            <ClassText word={image.class} />
          </span>
        </Fact>
      )}
      {image.wanted !== '' && (
        <Fact label={t('admission.fact.wanted')}>
          <ForeignText text={image.wanted} />
        </Fact>
      )}
      <Found found={image.found} isMissing={image.class === 'no_signature'} />
      {image.next_step !== '' && (
        <Fact label={t('admission.fact.nextStep')}>
          <ForeignText text={image.next_step} />
        </Fact>
      )}
    </>
  );
}

function Found({ found, isMissing }: { readonly found: readonly string[]; readonly isMissing: boolean }) {
  const { t } = useTranslation();
  if (found.length === 0) {
    return isMissing ? <Fact label={t('admission.fact.found')}>{t('admission.foundNothing')}</Fact> : null;
  }
  return (
    <Fact label={t('admission.fact.found')}>
      <List isPlain>
        {found.map((one) => (
          <ListItem key={one}>
            <ForeignText text={one} />
          </ListItem>
        ))}
      </List>
    </Fact>
  );
}

function WhoDecided({ image }: Pick<ImageEvidenceProps, 'image'>) {
  const { t } = useTranslation();
  return (
    <>
      {image.rule !== null && (
        <Fact label={t('admission.fact.rule')}>
          <code className="app-foreign">{foreignWord(image.rule)}</code>
        </Fact>
      )}
      {image.validator !== null && (
        <Fact label={t('admission.fact.validator')}>
          <ForeignWord>{image.validator}</ForeignWord>
          {image.validator_type !== null && (
            <span className="app-subtle">
              {' '}
              (<ForeignWord>{image.validator_type}</ForeignWord>)
            </span>
          )}
        </Fact>
      )}
      {image.cache === 'hit' && <Fact label={t('admission.fact.cache')}>{t('admission.fromCache')}</Fact>}
    </>
  );
}

function Where({ image, hasPage }: ImageEvidenceProps) {
  const { t } = useTranslation();
  const { digest, paths } = image;
  return (
    <>
      {digest !== null && (
        <Fact label={t('admission.fact.digest')}>
          {hasPage ? (
            <Link to="/images/$imageId" params={{ imageId: digest }} className="app-mono app-foreign">
              {foreignWord(digest)}
            </Link>
          ) : (
            <code className="app-foreign">{foreignWord(digest)}</code>
          )}
        </Fact>
      )}
      {paths.length > 0 && (
        <Fact label={t('admission.fact.paths')}>
          {paths.map((path) => (
            <div key={path}>
              <code className="app-foreign">{foreignWord(path)}</code>
            </div>
          ))}
        </Fact>
      )}
    </>
  );
}
