import { limits } from './limits.ts';

/**
 * The text as a link that may be shown, or null. Scanner data is foreign: only http and https are links,
 * everything else (`javascript:`, `data:`, relative paths) would act in the name of this product.
 */
export function webUrl(text: string): string | null {
  if (text === '' || text.length > limits.urlCharacters) return null;
  if (!URL.canParse(text)) return null;
  const { protocol } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? text : null;
}
