import { Button, DescriptionList, Popover } from '@patternfly/react-core';
import QuestionIcon from '@patternfly/react-icons/dist/esm/icons/outlined-question-circle-icon';
import { useTranslation } from 'react-i18next';
import { Fact } from '../design/fact.tsx';

/** What the search looks at, and how to narrow that down. */
export function SearchHelp() {
  const { t } = useTranslation();
  const prefixes = [
    { word: 'component:openssl', meaning: t('list.searchHelp.component') },
    { word: 'image:checkout/api', meaning: t('list.searchHelp.image') },
    { word: 'deployment:web', meaning: t('list.searchHelp.deployment') },
  ];
  return (
    <Popover
      aria-label={t('list.searchHelp.title')}
      headerContent={t('list.searchHelp.title')}
      bodyContent={
        <>
          <p className="app-below">{t('list.searchHelp.body')}</p>
          <DescriptionList isCompact>
            {prefixes.map(({ word, meaning }) => (
              <Fact key={word} label={meaning}>
                <code className="app-mono">{word}</code>
              </Fact>
            ))}
          </DescriptionList>
          <p className="app-subtle app-small app-above">{t('list.searchHelp.key')}</p>
        </>
      }
    >
      <Button variant="plain" icon={<QuestionIcon />} aria-label={t('list.searchHelp.title')} />
    </Popover>
  );
}
