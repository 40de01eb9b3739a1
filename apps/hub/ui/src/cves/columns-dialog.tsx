import { Button, Checkbox, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ColumnId, columnIds, defaultColumns, fixedColumn, inOrder } from './columns.ts';

export interface ColumnsDialogProps {
  readonly columns: readonly ColumnId[];
  readonly onSave: (columns: readonly ColumnId[]) => void;
  readonly onClose: () => void;
}

/** Which columns the list shows. Nothing changes before it is saved. */
export function ColumnsDialog({ columns, onSave, onClose }: ColumnsDialogProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(columns);
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="columns-title">
      <ModalHeader title={t('list.columnsTitle')} labelId="columns-title" description={t('list.columnsLead')} />
      <ModalBody>
        <ColumnList chosen={chosen} onChange={setChosen} />
      </ModalBody>
      <ModalFooter>
        <Button
          variant="primary"
          onClick={() => {
            onSave(chosen);
            onClose();
          }}
        >
          {t('list.save')}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t('list.cancel')}
        </Button>
        <Button variant="link" onClick={() => setChosen(defaultColumns)}>
          {t('list.defaultColumns')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

interface ColumnListProps {
  readonly chosen: readonly ColumnId[];
  readonly onChange: (columns: readonly ColumnId[]) => void;
}

function ColumnList({ chosen, onChange }: ColumnListProps) {
  const { t } = useTranslation();
  return (
    <div className="app-columns">
      {columnIds.map((id) => (
        <Checkbox
          key={id}
          id={`column-${id}`}
          label={t(`list.column.${id}`)}
          isChecked={chosen.includes(id)}
          isDisabled={id === fixedColumn}
          onChange={(_event, on) => onChange(inOrder(on ? [...chosen, id] : chosen.filter((one) => one !== id)))}
        />
      ))}
    </div>
  );
}
