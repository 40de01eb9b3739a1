import { Button, ClipboardCopy, Popover } from '@patternfly/react-core';
import CheckIcon from '@patternfly/react-icons/dist/esm/icons/check-icon';
import LinkIcon from '@patternfly/react-icons/dist/esm/icons/link-icon';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

const saidForMs = 2_500;

/** Copies the address of what is on the screen: page, scope, and how it is looked at. */
export function CopyLink() {
  const { t } = useTranslation();
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  useEffect(() => {
    if (state !== 'copied') return;
    const timer = setTimeout(() => setState('ready'), saidForMs);
    return () => clearTimeout(timer);
  }, [state]);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      setState('copied');
    } catch {
      // Browsers lend the clipboard to secure pages only; the address can still be marked by hand.
      setState('refused');
    }
  }
  return (
    <Popover
      isVisible={state === 'refused'}
      shouldClose={() => setState('ready')}
      aria-label={t('cve.copyByHand')}
      headerContent={t('cve.copyByHand')}
      closeBtnAriaLabel={t('cve.close')}
      bodyContent={
        <ClipboardCopy
          isReadOnly
          hoverTip={t('design.copy')}
          clickTip={t('design.copied')}
          textAriaLabel={t('cve.copyLink')}
        >
          {location.href}
        </ClipboardCopy>
      }
    >
      <Button
        variant="link"
        className="app-no-print"
        icon={state === 'copied' ? <CheckIcon /> : <LinkIcon />}
        onClick={() => void copy()}
        aria-live="polite"
      >
        {state === 'copied' ? t('design.copied') : t('cve.copyLink')}
      </Button>
    </Popover>
  );
}
