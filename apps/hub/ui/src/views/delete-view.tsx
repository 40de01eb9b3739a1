import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import type { SavedView } from '@pratique/hub/contract';
import { useTranslation } from 'react-i18next';
import { Refused } from './name-view.tsx';
import { useDeleteView } from './queries.ts';

export interface DeleteViewProps {
  readonly view: SavedView;
  readonly onDeleted: () => void;
  readonly onClose: () => void;
}

/** Asks before a view is deleted. The filters it holds stay on the screen. */
export function DeleteView({ view, onDeleted, onClose }: DeleteViewProps) {
  const { t } = useTranslation();
  const remove = useDeleteView();
  function confirm(): void {
    remove.mutate(view.id, {
      onSuccess: () => {
        onClose();
        onDeleted();
      },
    });
  }
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="delete-view-title">
      <ModalHeader
        title={t('views.deleteTitle', { name: view.name })}
        labelId="delete-view-title"
        titleIconVariant="warning"
      />
      <ModalBody>
        {remove.isError && <Refused error={remove.error} />}
        {t('views.deleteBody')}
      </ModalBody>
      <ModalFooter>
        <Button variant="danger" isLoading={remove.isPending} isDisabled={remove.isPending} onClick={confirm}>
          {t('views.delete')}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t('views.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
