import { Button } from '@patternfly/react-core';
import SyncIcon from '@patternfly/react-icons/dist/esm/icons/sync-alt-icon';
import { useQueryClient } from '@tanstack/react-query';
import { type RefObject, useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSource } from '../source/queries.ts';
import { isHeld } from './live.ts';

export interface NewDataProps {
  /** The list that must not move under somebody. */
  readonly root: RefObject<HTMLElement | null>;
  /** What is asked of the list. Another question brings the new data by itself. */
  readonly question: string;
  readonly hasSelection: boolean;
}

/**
 * A list stands still while somebody is at it: newer data is only announced, and shown when asked for. When nobody
 * is, it is shown at once.
 */
export function NewData({ root, question, hasSelection }: NewDataProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const version = useSource().data?.version;
  const [shown, setShown] = useState<{ readonly version: number | undefined; readonly question: string }>({
    version,
    question,
  });
  const isNewer = shown.version !== undefined && version !== undefined && version !== shown.version;
  function show(): void {
    setShown({ version, question });
    void queries.refetchQueries({ predicate: isHeld, type: 'active' });
  }
  if (shown.question !== question || (shown.version === undefined && version !== undefined)) {
    setShown({ version, question });
  }
  const showIfUnattended = useEffectEvent(() => {
    if (!hasSelection && isUnattended(root.current)) show();
  });
  useEffect(() => {
    if (!isNewer) return;
    // oxlint-disable-next-line react/set-state-in-effect -- whether anybody is at the list stands only in the document
    showIfUnattended();
    const left = () => showIfUnattended();
    window.addEventListener('blur', left);
    return () => window.removeEventListener('blur', left);
  }, [isNewer]);
  return (
    <div aria-live="polite" className="app-new-data">
      {isNewer && (
        <Button variant="link" isInline icon={<SyncIcon />} onClick={show}>
          {t('live.newData')}
        </Button>
      )}
    </div>
  );
}

/** Nobody is looking, or somebody looks at the top of the list without touching it. */
export function isUnattended(list: HTMLElement | null): boolean {
  if (list === null) return true;
  const touched = list.matches(':hover') || list.contains(document.activeElement);
  if (touched && document.hasFocus()) return false;
  const frames = [list.closest('#main'), list.querySelector('.app-scroll-frame')];
  const atTop = frames.every((frame) => frame === null || frame.scrollTop === 0);
  return atTop || !document.hasFocus() || document.hidden;
}
