/** Texts of the console. One catalogue is loaded, the one being read; all three have the same keys. */
import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { firstLanguage, type Language, rememberLanguage } from '../preferences.ts';
import type en from './en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

const catalogues: Readonly<Record<Language, () => Promise<{ default: typeof en }>>> = {
  en: () => import('./en.json'),
  es: () => import('./es.json'),
  de: () => import('./de.json'),
};

/** Starts translation in the person's language and sets `<html lang>`. */
export async function startTranslation(language: Language = firstLanguage()): Promise<i18n> {
  const instance = createInstance();
  await instance.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: (await catalogues[language]()).default } },
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  });
  document.documentElement.lang = language;
  return instance;
}

/** Loads another catalogue, switches to it and remembers the choice. */
export async function changeLanguage(instance: i18n, language: Language): Promise<void> {
  if (!instance.hasResourceBundle(language, 'translation')) {
    instance.addResourceBundle(language, 'translation', (await catalogues[language]()).default);
  }
  await instance.changeLanguage(language);
  document.documentElement.lang = language;
  rememberLanguage(language);
}
