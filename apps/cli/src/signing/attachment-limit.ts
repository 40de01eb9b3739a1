import { usageFault } from '../errors.ts';
import type { Surroundings } from './surroundings.ts';

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1000,
  kib: 1024,
  m: 1_000_000,
  mb: 1_000_000,
  mib: 1024 ** 2,
  g: 1_000_000_000,
  gb: 1_000_000_000,
  gib: 1024 ** 3,
};

/** The largest attachment that is read or written, in bytes: COSIGN_MAX_ATTACHMENT_SIZE, else 128 MiB. */
export function attachmentLimitOf({ env }: Pick<Surroundings, 'env'>): number {
  const text = env['COSIGN_MAX_ATTACHMENT_SIZE'] ?? '';
  if (text === '') return 128 * 1024 ** 2;
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  const bytes = Math.floor(Number(number) * (factor ?? Number.NaN));
  if (number !== '' && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw usageFault(
    `COSIGN_MAX_ATTACHMENT_SIZE is "${text.slice(0, 40)}".`,
    'Write a size: 134217728, 128MiB or 200MB.',
  );
}
