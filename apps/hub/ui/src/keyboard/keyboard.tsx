import { Button } from '@patternfly/react-core';
import KeyboardIcon from '@patternfly/react-icons/dist/esm/icons/keyboard-icon';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { remember, remembered } from '../preferences.ts';
import { KeyboardHelp } from './help.tsx';
import { useListKeys } from './list-keys.ts';

const storedAs = 'keys';

/** The keyboard of a list: listens, and shows its keys behind a button and `?`. */
export function Keyboard({ root }: { readonly root: RefObject<HTMLElement | null> }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const [isOn, setOn] = useState(() => remembered(storedAs) !== 'off');
  useListKeys({ root, isOn, onHelp: () => setOpen(true) });
  function switchKeys(on: boolean): void {
    remember(storedAs, on ? 'on' : 'off');
    setOn(on);
  }
  return (
    <>
      <Button variant="plain" icon={<KeyboardIcon />} aria-label={t('keyboard.title')} onClick={() => setOpen(true)} />
      {isOpen && <KeyboardHelp isOn={isOn} onSwitch={switchKeys} onClose={() => setOpen(false)} />}
    </>
  );
}
