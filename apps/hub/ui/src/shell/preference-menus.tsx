import { MenuToggle, Select, SelectList, SelectOption } from '@patternfly/react-core';
import DesktopIcon from '@patternfly/react-icons/dist/esm/icons/desktop-icon';
import LanguageIcon from '@patternfly/react-icons/dist/esm/icons/language-icon';
import MoonIcon from '@patternfly/react-icons/dist/esm/icons/moon-icon';
import SunIcon from '@patternfly/react-icons/dist/esm/icons/sun-icon';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeLanguage } from '../i18n/start.ts';
import { type Language, languages, themes, useTheme } from '../preferences.ts';

const themeIcons = { system: <DesktopIcon />, light: <SunIcon />, dark: <MoonIcon /> };
/** A language is named in itself: who needs it can read it. */
const languageNames: Readonly<Record<Language, string>> = { en: 'English', es: 'Español', de: 'Deutsch' };

export function ThemeMenu() {
  const { t } = useTranslation();
  const [theme, setTheme] = useTheme();
  return (
    <IconMenu
      label={t('shell.theme')}
      icon={themeIcons[theme]}
      value={theme}
      options={themes.map((one) => ({ value: one, label: t(`shell.themes.${one}`), icon: themeIcons[one] }))}
      onChange={setTheme}
    />
  );
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const current = languages.find((language) => language === i18n.language) ?? 'en';
  return (
    <IconMenu
      label={t('shell.language')}
      icon={<LanguageIcon />}
      value={current}
      options={languages.map((language) => ({ value: language, label: languageNames[language], lang: language }))}
      // The hub writes sentences too, in the language it is asked in: ask again.
      onChange={(language) => void changeLanguage(i18n, language).then(() => queries.invalidateQueries())}
    />
  );
}

interface IconMenuProps<T extends string> {
  readonly label: string;
  readonly icon: ReactNode;
  readonly value: T;
  readonly options: readonly {
    readonly value: T;
    readonly label: string;
    readonly icon?: ReactNode;
    readonly lang?: string;
  }[];
  readonly onChange: (value: T) => void;
}

function IconMenu<T extends string>({ label, icon, value, options, onChange }: IconMenuProps<T>) {
  const [isOpen, setOpen] = useState(false);
  const chosen = options.find((option) => option.value === value)?.label ?? '';
  return (
    <Select
      isOpen={isOpen}
      selected={value}
      onOpenChange={setOpen}
      popperProps={{ position: 'right' }}
      onSelect={(_event, next) => {
        setOpen(false);
        onChange(next as T);
      }}
      toggle={(ref) => (
        <MenuToggle
          ref={ref}
          variant="plain"
          icon={icon}
          isExpanded={isOpen}
          aria-label={`${label}: ${chosen}`}
          onClick={() => setOpen(!isOpen)}
        />
      )}
    >
      <SelectList aria-label={label}>
        {options.map((option) => (
          <SelectOption
            key={option.value}
            value={option.value}
            icon={option.icon}
            isSelected={option.value === value}
            lang={option.lang}
          >
            {option.label}
          </SelectOption>
        ))}
      </SelectList>
    </Select>
  );
}
