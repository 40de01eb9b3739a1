import { Divider, Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core';
import SlidersIcon from '@patternfly/react-icons/dist/esm/icons/sliders-h-icon';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ColumnsDialog } from './columns-dialog.tsx';
import { type Density, densities } from './columns.ts';
import type { Look } from './look.ts';
import type { ListSearch } from './search.ts';

export interface DisplayMenuProps {
  readonly look: Look;
  readonly onLook: (look: Partial<Look>) => void;
  readonly search: ListSearch;
  readonly onChange: (search: ListSearch) => void;
}

/** How the list looks: its columns, how close the rows stand, and whether they come in pages. */
export function DisplayMenu({ look, onLook, search, onChange }: DisplayMenuProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [choosesColumns, setChoosesColumns] = useState(false);
  const isScrolled = search.page_size === 'all';
  return (
    <>
      <Dropdown
        isOpen={isOpen}
        onOpenChange={setOpen}
        onSelect={() => setOpen(false)}
        toggle={(ref) => (
          <MenuToggle ref={ref} icon={<SlidersIcon />} isExpanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {t('list.display')}
          </MenuToggle>
        )}
      >
        <Densities chosen={look.density} onChoose={(density) => onLook({ density })} />
        <Divider />
        <DropdownGroup label={t('list.rows')}>
          <DropdownList>
            <DropdownItem
              isSelected={!isScrolled}
              onClick={() => onChange({ ...search, page: undefined, page_size: undefined })}
            >
              {t('list.inPages')}
            </DropdownItem>
            <DropdownItem
              isSelected={isScrolled}
              description={t('list.allAtOnceMeaning')}
              onClick={() => onChange({ ...search, page: undefined, page_size: 'all' })}
            >
              {t('list.allAtOnce')}
            </DropdownItem>
          </DropdownList>
        </DropdownGroup>
        <Divider />
        <DropdownList>
          <DropdownItem onClick={() => setChoosesColumns(true)}>{t('list.manageColumns')}</DropdownItem>
        </DropdownList>
      </Dropdown>
      {choosesColumns && (
        <ColumnsDialog
          columns={look.columns}
          onSave={(columns) => onLook({ columns })}
          onClose={() => setChoosesColumns(false)}
        />
      )}
    </>
  );
}

function Densities({ chosen, onChoose }: { readonly chosen: Density; readonly onChoose: (density: Density) => void }) {
  const { t } = useTranslation();
  return (
    <DropdownGroup label={t('list.density')}>
      <DropdownList>
        {densities.map((density) => (
          <DropdownItem key={density} isSelected={density === chosen} onClick={() => onChoose(density)}>
            {t(`list.densities.${density}`)}
          </DropdownItem>
        ))}
      </DropdownList>
    </DropdownGroup>
  );
}
