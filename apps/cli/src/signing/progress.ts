/** A bar while much is moved, on terminals only. */
import type { CopyProgress } from '@pratique/oci';
import type { Surroundings } from './surroundings.ts';

/** Something that shows how far a copy is. */
export interface CopyBar {
  readonly onProgress: (progress: CopyProgress) => void;
  stop(): void;
}

/** How many bytes are moved is known only when everything is found, so things and bytes are counted upwards. */
export async function copyBar({ isWatched }: Surroundings, what: string): Promise<CopyBar> {
  if (!isWatched) return { onProgress: () => undefined, stop: () => undefined };
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar({
    format: `${what} {value} parts, {size}`,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
    barsize: 20,
  });
  let [parts, bytes] = [0, 0];
  bar.start(1, 0, { size: '0 B' });
  return {
    onProgress: ({ size, result }) => {
      parts += 1;
      if (result === 'written') bytes += size;
      bar.setTotal(parts + 1);
      bar.update(parts, { size: inWords(bytes) });
    },
    stop: () => bar.stop(),
  };
}

/** `1536` as `1.5 KiB`. */
export function inWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
