import { fileURLToPath } from 'node:url';

/** Folder of the chart in this checkout. */
export const chartFolder = fileURLToPath(new URL('../../../deploy/charts/gate', import.meta.url));

/** A file of the chart, by its path inside. */
export function chartFile(path: string): string {
  return `${chartFolder}/${path}`;
}
