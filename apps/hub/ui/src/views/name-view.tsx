import {
  Alert,
  Button,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core';
import type { SavedView } from '@pratique/hub/contract';
import { type SubmitEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asApiError } from '../api-error.ts';
import { useSaveView } from './queries.ts';

export interface NameViewProps {
  /** The view to give another name; null saves a new one. */
  readonly view: SavedView | null;
  /** What a new view keeps. */
  readonly search: string;
  readonly onSaved: (view: SavedView) => void;
  readonly onClose: () => void;
}

const maxName = 80;
const formId = 'name-view';

/** Asks for the name of a view. What the hub does not accept is said here, beside the name it is about. */
export function NameView({ view, search, onSaved, onClose }: NameViewProps) {
  const { t } = useTranslation();
  const save = useSaveView();
  const [name, setName] = useState(view?.name ?? '');
  const isReady = name.trim() !== '' && !save.isPending;
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (!isReady) return;
    const write =
      view === null ? { name: name.trim(), search } : { id: view.id, name: name.trim(), search: view.search };
    save.mutate(write, {
      onSuccess: (saved) => {
        onClose();
        onSaved(saved);
      },
    });
  }
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="name-view-title">
      <ModalHeader
        title={view === null ? t('views.newTitle') : t('views.renameTitle')}
        labelId="name-view-title"
        {...(view === null ? { description: t('views.lead') } : {})}
      />
      <ModalBody>
        <Form id={formId} onSubmit={submit}>
          {save.isError && <Refused error={save.error} />}
          <FormGroup label={t('views.name')} isRequired fieldId="view-name">
            <TextInput
              id="view-name"
              isRequired
              maxLength={maxName}
              value={name}
              onChange={(_event, next) => setName(next)}
            />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form={formId} isDisabled={!isReady} isLoading={save.isPending}>
          {t('views.save')}
        </Button>
        <Button variant="link" onClick={onClose}>
          {t('views.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** The hub's own sentence, such as "You have a view of this name". */
export function Refused({ error }: { readonly error: Error }) {
  const { t } = useTranslation();
  const problem = asApiError(error);
  return (
    <Alert
      component="p"
      isInline
      isLiveRegion
      variant="danger"
      title={problem.detail || t(`failure.${problem.kind}.title`)}
    >
      {problem.hint}
    </Alert>
  );
}
