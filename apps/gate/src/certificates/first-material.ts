/** What is served with at first: the Secret if it can be read soon, else its mounted copy, else a stand-in. */
import { setTimeout as pause } from 'node:timers/promises';
import { serviceNames } from '@pratique/tls';
import { readCertificateFiles } from './files.ts';
import type { ClusterSource, StartCertificatesOptions } from './options.ts';
import { readSecret } from './readings.ts';
import { makeForMemory } from './self-made.ts';
import type { ServedMaterial } from './served-certificate.ts';
import { describeTrouble } from './trouble.ts';
import { namesOf } from './cluster-view.ts';

/** What is needed for it. */
export interface FirstMaterial {
  readonly options: StartCertificatesOptions;
  readonly source: ClusterSource;
  /** How long the API server may take. */
  readonly waitMs: number;
}

/** Gives something to serve with, soon. */
export async function firstMaterial({ options, source, waitMs }: FirstMaterial): Promise<ServedMaterial> {
  const { log, now, random } = options;
  const found = await fromSecret(source, waitMs).catch((error: unknown) => describeTrouble(error).message);
  if (typeof found === 'object') return found;
  const files = source.folder === undefined ? undefined : await readCertificateFiles(source.folder);
  if (files?.state === 'usable') {
    log.warn(
      { folder: source.folder, why: found },
      'certificates: the Secret cannot be read, serving its mounted copy',
    );
    return files.material;
  }
  log.info({ why: found }, 'certificates: none yet, serving a stand-in that no caller trusts');
  const names = serviceNames(source.service, source.namespace);
  return makeForMemory({ source: 'stand-in', names, now: now(), random });
}

/** The material, or why there is none. */
async function fromSecret(source: ClusterSource, waitMs: number): Promise<ServedMaterial | string> {
  const { secret: name } = namesOf(source);
  const late = new AbortController();
  const object = await Promise.race([
    source.cluster.read({ kind: 'Secret', name }),
    pause(waitMs, 'late' as const, { signal: late.signal }),
  ]).finally(() => late.abort());
  if (object === 'late') return 'the API server has not answered yet';
  const reading = readSecret({ state: 'read', object }, `Secret ${name}`);
  if (reading.state === 'unusable') return reading.why;
  if (reading.state !== 'usable') return 'the Secret is not there';
  return { pair: reading.pair, authorities: reading.authorities, source: 'cluster' };
}
