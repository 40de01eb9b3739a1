import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Modal,
  ModalBody,
  ModalHeader,
  Switch,
} from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { type Act, keysOf } from './acts.ts';

export interface KeyboardHelpProps {
  readonly isOn: boolean;
  readonly onSwitch: (on: boolean) => void;
  readonly onClose: () => void;
}

/** Every key of the list, and the way to switch them off. */
export function KeyboardHelp({ isOn, onSwitch, onClose }: KeyboardHelpProps) {
  const { t } = useTranslation();
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="keys-title">
      <ModalHeader title={t('keyboard.title')} labelId="keys-title" description={t('keyboard.lead')} />
      <ModalBody>
        <DescriptionList isCompact isHorizontal className="app-below">
          {(Object.keys(keysOf) as Act[]).map((act) => (
            <DescriptionListGroup key={act}>
              <DescriptionListTerm>
                <kbd className="app-key">{keysOf[act] === 'Escape' ? 'Esc' : keysOf[act]}</kbd>
              </DescriptionListTerm>
              <DescriptionListDescription>{t(`keyboard.act.${act}`)}</DescriptionListDescription>
            </DescriptionListGroup>
          ))}
        </DescriptionList>
        <Switch id="keys-on" label={t('keyboard.on')} isChecked={isOn} onChange={(_event, on) => onSwitch(on)} />
      </ModalBody>
    </Modal>
  );
}
