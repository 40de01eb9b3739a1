import { Button, Flex, FlexItem } from '@patternfly/react-core';
import CopyIcon from '@patternfly/react-icons/dist/esm/icons/copy-icon';
import LinkIcon from '@patternfly/react-icons/dist/esm/icons/link-icon';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '../design/copy-text.ts';
import type { Selection } from './selection.ts';

/**
 * What can be done with the ticked CVEs. It stands at the lower edge, so that the rows do not jump when the first
 * one is ticked; the line that counts is always there for screen readers to hear.
 */
export function SelectionBar({ selection }: { readonly selection: Selection }) {
  const { t } = useTranslation();
  const count = selection.ids.size;
  const [said, setSaid] = useState('');
  async function copy(text: string, done: string): Promise<void> {
    setSaid((await copyText(text)) ? done : t('list.copyRefused'));
  }
  return (
    <div className={count === 0 ? undefined : 'app-selection-bar'}>
      <span role="status" className={count === 0 ? 'pf-v6-screen-reader' : 'app-strong app-figures'}>
        {count === 0 ? '' : t('list.selected', { count })}
      </span>
      {count > 0 && (
        <Flex columnGap={{ default: 'columnGapMd' }} alignItems={{ default: 'alignItemsCenter' }}>
          <FlexItem>
            <Button
              variant="secondary"
              size="sm"
              icon={<CopyIcon />}
              onClick={() => void copy([...selection.ids].join('\n'), t('list.idsCopied', { count }))}
            >
              {t('list.copyIds')}
            </Button>
          </FlexItem>
          <FlexItem>
            <Button
              variant="link"
              isInline
              icon={<LinkIcon />}
              onClick={() => void copy(location.href, t('list.linkCopied'))}
            >
              {t('list.copyLink')}
            </Button>
          </FlexItem>
          <FlexItem>
            <Button
              variant="link"
              isInline
              onClick={() => {
                selection.clear();
                setSaid('');
              }}
            >
              {t('list.clearSelection')}
            </Button>
          </FlexItem>
        </Flex>
      )}
      <span role="status" className="app-subtle app-small">
        {count === 0 ? '' : said}
      </span>
    </div>
  );
}
