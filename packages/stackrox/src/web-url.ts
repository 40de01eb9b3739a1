import { limits } from './limits.ts';

/**
 * The text as a link that may be shown, or null. Scanner data is foreign: only http and https are links,
 * everything else (`javascript:`, `data:`, relative paths) would act in the name of this product.
 */
export function webUrl(text: string): string | null {
  if (text === '' || text.length > limits.urlCharacters) return null;
  // Readers of links drop these wherever they stand, so what is read is not what is seen.
  // oxlint-disable-next-line no-control-regex -- naming the control characters is the purpose
  if (/[\u0000-\u001f\u007f]/.test(text)) return null;
  if (!URL.canParse(text)) return null;
  const { protocol } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? text : null;
}
