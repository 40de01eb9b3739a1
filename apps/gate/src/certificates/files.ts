/** A certificate from files, as Kubernetes mounts a Secret: `tls.crt`, `tls.key` and, where there is one, `ca.crt`. */
import { watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '@pratique/runtime/fault';
import { readFileBounded } from '@pratique/runtime/limit';
import { checkKeyPair, parseBundle } from '@pratique/tls';
import type { Bundle } from '@pratique/tls';
import type { CertificateProblem } from './certificates.ts';
import type { ServedMaterial } from './served-certificate.ts';

/** What a folder gave: a certificate, or why there is none. */
export type FilesReading =
  | { readonly state: 'usable'; readonly material: ServedMaterial; readonly problems: readonly CertificateProblem[] }
  | { readonly state: 'missing' | 'unusable'; readonly problems: readonly CertificateProblem[] };

/** Largest file: a Secret holds at most 1 MiB. */
const fileBytes = 1_048_576;

/** How often the folder is looked at whatever the system tells: on some file systems nothing is ever told. */
const lookAgainMs = 10_000;

/** Several files change one after the other; they are read when nothing has changed for so long. */
const settleMs = 100;

/**
 * Reads the folder once. Where Kubernetes mounted it, all three files are taken from the same version (`..data` is
 * resolved once), so that a key is never read beside the certificate of the next version.
 */
export async function readCertificateFiles(folder: string): Promise<FilesReading> {
  const version = await realpath(join(folder, '..data')).catch(() => folder);
  const [certificate, key, ca] = await Promise.all([
    readText(join(version, 'tls.crt')),
    readText(join(version, 'tls.key')),
    readText(join(version, 'ca.crt')),
  ]);
  if (certificate === undefined || key === undefined) {
    const absent = certificate === undefined ? 'tls.crt' : 'tls.key';
    const fix = `Mount the Secret with tls.crt and tls.key at ${folder}, or start with --standalone to have one made.`;
    return {
      state: 'missing',
      problems: [problem('certificate-missing', `${join(folder, absent)} is not there or cannot be read.`, fix)],
    };
  }
  try {
    const pair = checkKeyPair({ certificate, key }, folder);
    const { bundle, problems } = readAuthorities(ca, folder);
    return { state: 'usable', material: { pair, source: 'files', authorities: bundle }, problems };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { state: 'unusable', problems: [problem('certificate-unusable', error.message, error.hint)] };
  }
}

/**
 * Watches the folder and tells each reading that differs from the one before; returns how to stop.
 *
 * @param tell is called with the new reading; never while a call before it is still running
 */
export function watchCertificateFiles(folder: string, tell: (reading: FilesReading) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let last = '';
  let reading = Promise.resolve();
  const look = () => {
    reading = reading.then(async () => {
      const found = await readCertificateFiles(folder);
      const words = summaryOf(found);
      if (stopped || words === last) return;
      last = words;
      tell(found);
    });
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, settleMs);
  };
  const release = listen(folder, soon);
  const regular = setInterval(look, lookAgainMs);
  regular.unref();
  look();
  return () => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(regular);
    release();
  };
}

// A folder that is not there yet cannot be watched; the regular look finds it.
function listen(folder: string, changed: () => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => undefined);
    return () => watcher.close();
  } catch {
    return () => undefined;
  }
}

function summaryOf(found: FilesReading): string {
  if (found.state !== 'usable') return JSON.stringify(found);
  const { pair, authorities } = found.material;
  return JSON.stringify([pair.certificate, pair.key, authorities?.fingerprints, found.problems]);
}

function readAuthorities(
  ca: string | undefined,
  folder: string,
): { readonly bundle: Bundle | undefined; readonly problems: readonly CertificateProblem[] } {
  if (ca === undefined) return { bundle: undefined, problems: [] };
  try {
    return { bundle: parseBundle(ca, `ca.crt of ${folder}`), problems: [] };
  } catch (error) {
    if (!isFault(error)) throw error;
    const unusable: CertificateProblem = {
      ...problem('authority-unknown', error.message, error.hint),
      severity: 'low',
    };
    return { bundle: undefined, problems: [unusable] };
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const text = (await readFileBounded(path, { bytes: fileBytes, what: path })).toString('utf8');
    return text.trim() === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

function problem(code: CertificateProblem['code'], cause: string, fix: string): CertificateProblem {
  return { code, severity: 'high', cause, fix };
}
