import { Button, List, ListItem, Modal, ModalBody, ModalFooter, ModalHeader, OrderType } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import { ForeignWord } from '../design/foreign-text.tsx';
import { useMe } from '../shell/queries.ts';
import './help.css';

export interface WelcomeProps {
  readonly onTour: () => void;
  readonly onLater: () => void;
}

const steps = ['scope', 'dashboard', 'open', 'act'] as const;

/** The first thing a new person sees: four steps, and the offer to be shown around. */
export function Welcome({ onTour, onLater }: WelcomeProps) {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const isSecurity = me?.is_sec_team === true;
  return (
    <Modal
      variant="small"
      isOpen
      onClose={onLater}
      aria-labelledby="welcome-title"
      aria-describedby="welcome-body"
      elementToFocus="#welcome-start"
    >
      <ModalHeader title={t('help.welcome.title')} labelId="welcome-title" />
      <ModalBody id="welcome-body">
        <p>
          {me !== undefined && (
            <>
              {t('help.welcome.hello')} <ForeignWord>{me.username}</ForeignWord>.{' '}
            </>
          )}
          {isSecurity ? t('help.welcome.leadSecurity') : t('help.welcome.leadTeam')}
        </p>
        <List component="ol" type={OrderType.number} className="app-welcome-steps">
          {steps.map((step) => (
            <ListItem key={step}>
              <span className="app-strong">{t(`help.welcome.step.${step}.title`)}</span>{' '}
              {isSecurity ? t(`help.welcome.step.${step}.security`) : t(`help.welcome.step.${step}.team`)}
            </ListItem>
          ))}
        </List>
        <p className="app-subtle">{t('help.welcome.again')}</p>
      </ModalBody>
      <ModalFooter>
        <Button id="welcome-start" variant="primary" onClick={onTour}>
          {t('help.welcome.start')}
        </Button>
        <Button variant="link" onClick={onLater}>
          {t('help.welcome.later')}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
