import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import de from './de.json';
import en from './en.json';
import es from './es.json';

const catalogues = { en: flat(en), es: flat(es), de: flat(de) };
const pluralEnding = /_(?:zero|one|two|few|many|other)$/;

function flat(tree: object, prefix = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') out.set(prefix + key, value);
    else for (const [inner, text] of flat(value as object, `${prefix}${key}.`)) out.set(inner, text);
  }
  return out;
}

function baseKeys(catalogue: Map<string, string>): readonly string[] {
  return [...new Set([...catalogue.keys()].map((key) => key.replace(pluralEnding, '')))].sort();
}

/** Source files of the console, without tests. */
function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}

/** Keys that the source asks for: whole ones, and patterns where a part is computed. */
function askedFor(): readonly RegExp[] {
  const text = sources(join(import.meta.dirname, '..')).join('\n');
  const calls = text.matchAll(/\bt\(\s*(?:'([^']+)'|`([^`]+)`)/g);
  return [...calls].map(([, whole, pattern]) => {
    const source =
      whole === undefined
        ? (pattern ?? '')
            .split(/\$\{[^}]*\}/)
            .map(escaped)
            .join('[^.]+')
        : escaped(whole);
    return new RegExp(`^${source}$`);
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

describe('the catalogues', () => {
  it.each(['es', 'de'] as const)('%s has exactly the keys of English', (language) => {
    expect(baseKeys(catalogues[language])).toEqual(baseKeys(catalogues.en));
  });

  it.each(['en', 'es', 'de'] as const)('%s has every plural form that its language needs', (language) => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plurals = [...catalogues[language].keys()]
      .filter((key) => pluralEnding.test(key))
      .map((key) => key.replace(pluralEnding, ''));
    expect(plurals.length).toBeGreaterThan(0);
    for (const key of new Set(plurals))
      for (const form of forms) expect([...catalogues[language].keys()]).toContain(`${key}_${form}`);
  });

  it.each(['es', 'de'] as const)('%s fills in the same values as English', (language) => {
    for (const [key, text] of catalogues[language]) {
      const english = catalogues.en.get(key) ?? catalogues.en.get(key.replace(pluralEnding, '_other')) ?? '';
      expect([key, ...valuesOf(text)]).toEqual([key, ...valuesOf(english)]);
    }
  });

  it('has a text for everything the console says', () => {
    const keys = baseKeys(catalogues.en);
    const missing = askedFor().filter((asked) => !keys.some((key) => asked.test(key)));
    expect(missing).toEqual([]);
  });

  it('has no text that nobody says', () => {
    const asked = askedFor();
    expect(baseKeys(catalogues.en).filter((key) => !asked.some((pattern) => pattern.test(key)))).toEqual([]);
  });

  it('has no empty text', () => {
    for (const catalogue of Object.values(catalogues))
      expect([...catalogue].filter(([, text]) => text.trim() === '')).toEqual([]);
  });
});

function valuesOf(text: string): readonly string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();
}
