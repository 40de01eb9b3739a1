/** The languages answers are written in. */
export const languages = ['de', 'en', 'es'] as const;
export type Language = (typeof languages)[number];

/**
 * The language of an answer, from `Accept-Language` (RFC 9110, 12.5.4). German where nothing suitable is asked for, as
 * clients of the reference system expect.
 */
export function preferredLanguage(header: string | undefined): Language {
  let best: { readonly language: Language; readonly weight: number } | null = null;
  // Browsers send a handful of entries; a longer list is nobody's real preference.
  for (const entry of (header ?? '').slice(0, 500).split(',')) {
    const [range = '', ...parameters] = entry.split(';').map((part) => part.trim());
    const language = languages.find(
      (known) => range.toLowerCase() === known || range.toLowerCase().startsWith(`${known}-`),
    );
    const weight = weightOf(parameters);
    if (language !== undefined && weight > 0 && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language ?? 'de';
}

function weightOf(parameters: readonly string[]): number {
  const stated = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2);
  if (stated === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(stated) ? Number(stated) : 0;
}
