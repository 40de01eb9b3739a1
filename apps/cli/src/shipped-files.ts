import { fileURLToPath } from 'node:url';

/** Whether this runs as one bundled file, with what it needs beside it, or from a checkout. */
const isBundle = !import.meta.url.endsWith('.ts');

/** The console as built. */
export function consoleFolder(): string {
  return beside('console', '../../hub/ui/dist');
}

/** The catalogue of known exploited vulnerabilities that comes with the product. */
export function kevCatalogueFile(): string {
  return beside('known-exploited.json', '../../../data/kev-sample.json');
}

function beside(bundled: string, inCheckout: string): string {
  return fileURLToPath(new URL(isBundle ? bundled : inCheckout, import.meta.url));
}
