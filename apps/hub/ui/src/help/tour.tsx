import { Button, Flex, FlexItem, Modal, ModalBody, ModalFooter, ModalHeader, Popover } from '@patternfly/react-core';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../shell/queries.ts';
import { type StepName, stepsHere, targetOf } from './tour-steps.ts';
import './help.css';

/** Goes from step to step; Escape or the cross ends it. Texts are looked up while drawing, so a change of language shows at once. */
export function Tour({ onEnd }: { readonly onEnd: () => void }) {
  const [steps] = useState(stepsHere);
  const [index, setIndex] = useState(0);
  const name = steps[index];
  if (name === undefined) return null;
  const isLast = index === steps.length - 1;
  return (
    <Step
      key={name}
      name={name}
      onEnd={onEnd}
      controls={
        <Controls
          place={{ step: index + 1, of: steps.length }}
          {...(index > 0 ? { onBack: () => setIndex(index - 1) } : {})}
          onNext={isLast ? onEnd : () => setIndex(index + 1)}
          {...(isLast ? {} : { onSkip: onEnd })}
        />
      }
    />
  );
}

interface StepProps {
  readonly name: StepName;
  readonly controls: ReactNode;
  readonly onEnd: () => void;
}

const nextButton = 'app-tour-next';

/** A bubble beside the thing; where the thing is out of sight (a closed sidebar), a dialog in the middle says the same. */
function Step({ name, controls, onEnd }: StepProps) {
  const { t } = useTranslation();
  const text = useStepText(name);
  const [target] = useState(() => targetOf(name));
  useMarked(target);
  const title = t(`help.tour.${name}.title`);
  if (target === null) {
    return (
      <Modal variant="small" isOpen onClose={onEnd} aria-label={title} elementToFocus={`#${nextButton}`}>
        <ModalHeader title={title} />
        <ModalBody>{text}</ModalBody>
        <ModalFooter>{controls}</ModalFooter>
      </Modal>
    );
  }
  return (
    <Popover
      isVisible
      triggerRef={() => target}
      shouldClose={onEnd}
      hideOnOutsideClick={false}
      withFocusTrap
      elementToFocus={`#${nextButton}`}
      position="auto"
      minWidth="24rem"
      maxWidth="26rem"
      appendTo={() => document.body}
      closeBtnAriaLabel={t('help.tour.end')}
      aria-label={title}
      headerContent={title}
      headerComponent="h2"
      bodyContent={
        <>
          <p>{text}</p>
          {controls}
        </>
      }
    />
  );
}

/** The security team looks after the hub; a team looks after what it runs. They are told different things. */
function useStepText(name: StepName): string {
  const { t } = useTranslation();
  const { data: me } = useMe();
  return me?.is_sec_team === true ? t(`help.tour.${name}.security`) : t(`help.tour.${name}.team`);
}

/** Frames what the step is about, and brings it into view. */
function useMarked(target: HTMLElement | null): void {
  useEffect(() => {
    if (target === null) return;
    target.classList.add('app-tour-target');
    target.scrollIntoView?.({ block: 'nearest' });
    return () => target.classList.remove('app-tour-target');
  }, [target]);
}

interface ControlsProps {
  readonly place: { readonly step: number; readonly of: number };
  readonly onNext: () => void;
  readonly onBack?: () => void;
  readonly onSkip?: () => void;
}

function Controls({ place, onNext, onBack, onSkip }: ControlsProps) {
  const { t } = useTranslation();
  return (
    <Flex
      flexWrap={{ default: 'nowrap' }}
      alignItems={{ default: 'alignItemsCenter' }}
      columnGap={{ default: 'columnGapSm' }}
      className="app-tour-controls"
    >
      <FlexItem grow={{ default: 'grow' }} className="app-subtle app-small app-figures" aria-live="polite">
        {t('help.tour.progress', { step: place.step, count: place.of })}
      </FlexItem>
      {onSkip !== undefined && (
        <Button variant="link" size="sm" onClick={onSkip}>
          {t('help.tour.skip')}
        </Button>
      )}
      {onBack !== undefined && (
        <Button variant="secondary" size="sm" onClick={onBack}>
          {t('help.tour.back')}
        </Button>
      )}
      <Button id={nextButton} variant="primary" size="sm" onClick={onNext}>
        {onSkip === undefined ? t('help.tour.done') : t('help.tour.next')}
      </Button>
    </Flex>
  );
}
