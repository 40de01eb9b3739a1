import { Button, Tooltip } from '@patternfly/react-core';
import QuestionCircleIcon from '@patternfly/react-icons/dist/esm/icons/outlined-question-circle-icon';
import { useTranslation } from 'react-i18next';
import { useStartTour } from './help.tsx';

/** Shows a person around, as often as they like. */
export function HelpButton() {
  const { t } = useTranslation();
  const startTour = useStartTour();
  return (
    <Tooltip content={t('help.button')}>
      <Button
        variant="plain"
        className="app-help"
        icon={<QuestionCircleIcon />}
        aria-label={t('help.button')}
        onClick={startTour}
      />
    </Tooltip>
  );
}
