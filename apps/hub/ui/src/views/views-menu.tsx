import {
  Alert,
  Divider,
  Dropdown,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  MenuToggle,
} from '@patternfly/react-core';
import BookmarkIcon from '@patternfly/react-icons/dist/esm/icons/bookmark-icon';
import type { SavedView } from '@pratique/hub/contract';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api-error.ts';
import { ForeignWord } from '../design/foreign-text.tsx';

export interface ViewsMenuProps {
  readonly views: readonly SavedView[];
  readonly active: SavedView | null;
  /** Whether the list shows something else by now than the active view says. */
  readonly isChanged: boolean;
  readonly problem: Error | null;
  readonly onApply: (view: SavedView) => void;
  readonly onUpdate: (view: SavedView) => void;
  readonly onAsk: (what: 'new' | 'rename' | 'delete') => void;
}

/** Saved views in a menu that is named after the active one. */
export function ViewsMenu({ views, active, isChanged, problem, onApply, ...acts }: ViewsMenuProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const name = active === null ? t('views.title') : isChanged ? t('views.changed', { name: active.name }) : active.name;
  return (
    <>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        isScrollable
        toggle={(ref) => (
          <MenuToggle
            ref={ref}
            icon={<BookmarkIcon />}
            isExpanded={isOpen}
            aria-label={active === null ? t('views.title') : t('views.active', { name })}
            onClick={() => setOpen(!isOpen)}
          >
            <ForeignWord>{name}</ForeignWord>
          </MenuToggle>
        )}
      >
        {views.length > 0 && <Views views={views} active={active} onApply={onApply} />}
        {views.length > 0 && <Divider />}
        <Acts active={active} isChanged={isChanged} {...acts} />
      </Dropdown>
      {problem !== null && (
        <Alert component="p" isInline isPlain isLiveRegion variant="danger" title={asApiError(problem).message} />
      )}
    </>
  );
}

function Views({ views, active, onApply }: Pick<ViewsMenuProps, 'views' | 'active' | 'onApply'>) {
  const { t } = useTranslation();
  return (
    <DropdownGroup label={t('views.title')}>
      <DropdownList>
        {views.map((view) => (
          <DropdownItem key={view.id} isSelected={view.id === active?.id} onClick={() => onApply(view)}>
            <ForeignWord>{view.name}</ForeignWord>
          </DropdownItem>
        ))}
      </DropdownList>
    </DropdownGroup>
  );
}

function Acts({
  active,
  isChanged,
  onUpdate,
  onAsk,
}: Pick<ViewsMenuProps, 'active' | 'isChanged' | 'onUpdate' | 'onAsk'>) {
  const { t } = useTranslation();
  return (
    <DropdownList>
      <DropdownItem onClick={() => onAsk('new')}>{t('views.saveAs')}</DropdownItem>
      {active !== null && isChanged && (
        <DropdownItem onClick={() => onUpdate(active)}>{t('views.update', { name: active.name })}</DropdownItem>
      )}
      {active !== null && <DropdownItem onClick={() => onAsk('rename')}>{t('views.rename')}</DropdownItem>}
      {active !== null && (
        <DropdownItem isDanger onClick={() => onAsk('delete')}>
          {t('views.delete')}
        </DropdownItem>
      )}
    </DropdownList>
  );
}
