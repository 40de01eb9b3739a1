/** What a person chose for this browser: theme, language, and in a demo whom to look as. */
import { useEffect, useState } from 'react';

export const languages = ['en', 'es', 'de'] as const;
export type Language = (typeof languages)[number];

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const keys = { theme: 'pf-theme', language: 'app-language', person: 'dev-person' } as const;

/** The remembered language, else the first of the browser's languages that we speak, else English. */
export function firstLanguage(): Language {
  const stored = read(keys.language);
  const wished = [...(stored === null ? [] : [stored]), ...navigator.languages];
  for (const wish of wished) {
    const match = languages.find((language) => wish.toLowerCase().split('-')[0] === language);
    if (match !== undefined) return match;
  }
  return 'en';
}

export function rememberLanguage(language: Language): void {
  write(keys.language, language);
}

/** Id of the demo person chosen in this browser, or null. */
export function devPerson(): string | null {
  return read(keys.person);
}

export function rememberDevPerson(id: string): void {
  write(keys.person, id);
}

/** The chosen theme and the way to change it; keeps the document in step, also when the system's theme changes. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(() => themes.find((one) => one === read(keys.theme)) ?? 'system');
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)');
    function apply(): void {
      const dark = theme === 'dark' || (theme === 'system' && system.matches);
      document.documentElement.classList.toggle('pf-v6-theme-dark', dark);
    }
    apply();
    system.addEventListener('change', apply);
    return () => system.removeEventListener('change', apply);
  }, [theme]);
  return [
    theme,
    (next) => {
      write(keys.theme, next);
      setTheme(next);
    },
  ];
}

/** What a page keeps in this browser under a name of its own, or null. */
export function remembered(name: string): string | null {
  return read(`app-${name}`);
}

export function remember(name: string, value: string): void {
  write(`app-${name}`, value);
}

// Storage can be switched off or full. The console then simply forgets.
function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}
