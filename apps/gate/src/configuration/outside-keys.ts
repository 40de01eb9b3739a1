/** Reading a key that stands in a Secret, a variable, a file or at an address (COS-2). */
import type { Cluster } from '@pratique/kube';
import { resources } from '@pratique/kube';
import { keySourceWords } from '@pratique/policy';
import type { OutsideKey } from '@pratique/policy';
import { readBoundedText } from '@pratique/runtime/limit';
import { gateFault } from '../errors.ts';
import type { GateOptions } from '../options.ts';
import { confinedText } from './confined-text.ts';
import { createRequests } from './requests.ts';

/** What reading keys works with. */
export interface KeyPlaces {
  readonly options: GateOptions;
  readonly cluster: Cluster | undefined;
  readonly signal: AbortSignal;
}

const keyBytes = 64 * 1024;

/**
 * The text of a key as it is now.
 *
 * @throws Fault `key-not-there`, and those of the API server
 */
export async function readOutsideKey(source: OutsideKey, places: KeyPlaces): Promise<string> {
  switch (source.kind) {
    case 'kubernetes':
      return fromSecret(source, places);
    case 'environment': {
      const text = places.options.environment[source.variable];
      return text === undefined || text === '' ? refuse(source, 'the variable is not set') : text;
    }
    case 'file': {
      const { secretsFolder, configFolder } = places.options;
      return (
        confinedText(source.path, [secretsFolder, configFolder]) ??
        refuse(source, 'there is no such file in the folders of the gate')
      );
    }
    case 'url':
      return fromAddress(source, places);
  }
}

async function fromSecret(
  source: Extract<OutsideKey, { kind: 'kubernetes' }>,
  { cluster, signal }: KeyPlaces,
): Promise<string> {
  if (cluster === undefined) return refuse(source, 'there is no cluster');
  const { namespace, secret: name } = source;
  const found = (await cluster.get(resources.secrets, { namespace, name }, { signal })) as
    | { readonly data?: Readonly<Record<string, unknown>> }
    | undefined;
  const encoded = found?.data?.['cosign.pub'];
  if (typeof encoded !== 'string') return refuse(source, 'there is no such Secret with an entry cosign.pub');
  return Buffer.from(encoded, 'base64').toString('utf8');
}

async function fromAddress(
  source: Extract<OutsideKey, { kind: 'url' }>,
  { options, signal }: KeyPlaces,
): Promise<string> {
  const requests = createRequests(options.proxy);
  try {
    const response = await requests.fetch(source.url, { signal, redirect: 'error' });
    if (!response.ok || response.body === null) return refuse(source, `the answer was ${response.status}`);
    return await readBoundedText(response.body, { bytes: keyBytes, what: `the key at ${keySourceWords(source)}` });
  } finally {
    await requests.close();
  }
}

function refuse(source: OutsideKey, why: string): never {
  const name = keySourceWords(source);
  throw gateFault({
    code: 'key-not-there',
    message: `The key ${name} cannot be read: ${why}.`,
    hint: 'Put it there, or name another place in the trust root. Its images are refused meanwhile.',
    values: { source: name },
  });
}
