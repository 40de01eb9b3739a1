import { afterEach, describe, expect, it, vi } from 'vitest';
import { devPerson, firstLanguage, rememberDevPerson, rememberLanguage } from './preferences.ts';

afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
});

describe('what this browser remembers', () => {
  it.each([
    [['de-AT', 'en'], 'de'],
    [['es-MX'], 'es'],
    [['fr-FR', 'es'], 'es'],
    [['ja'], 'en'],
    [[], 'en'],
  ])('takes %j for %s', (wished, language) => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(wished);
    expect(firstLanguage()).toBe(language);
  });

  it('prefers what was chosen, and ignores what nobody could have chosen', () => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['de']);
    rememberLanguage('es');
    expect(firstLanguage()).toBe('es');
    localStorage.setItem('app-language', 'xx');
    expect(firstLanguage()).toBe('de');
  });

  it('forgets quietly where storage is switched off', () => {
    const denied = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    vi.stubGlobal('localStorage', { getItem: denied, setItem: denied });
    expect(() => rememberDevPerson('tom')).not.toThrow();
    expect(devPerson()).toBeNull();
    vi.unstubAllGlobals();
  });
});
