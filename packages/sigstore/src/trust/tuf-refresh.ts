/**
 * Asking a repository of The Update Framework for newer metadata and files, with tuf-js. @sigstore/tuf is used for its
 * first roots only: it chooses its own folder, writes there while it downloads, and takes neither a `fetch` nor a lock.
 * Metadata that arrives is judged by the machine's clock, as tuf-js takes no other; what is kept, by the clock passed in.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '@pratique/runtime/fault';
import { withDeadline } from '@pratique/runtime/limit';
import { Updater } from 'tuf-js';
import type { Fetcher } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { sigstoreFault } from '../errors.ts';
import { callService } from '../sign/service-http.ts';
import type { ServiceAccess } from '../sign/service-http.ts';
import { wordsOf } from './tuf-metadata.ts';

/** What is to be fetched into a folder that holds a trusted `root.json` and `targets/`. */
export interface Refresh {
  readonly mirror: string;
  readonly folder: string;
  readonly access: ServiceAccess;
  /** Fetched when the repository has them. */
  readonly targets: readonly string[];
  /** One short attempt for each question: somebody waits for something else, and what is kept will do. */
  readonly hasty?: boolean;
}

// Under the lock of the cache, which others take for forgotten after two minutes.
const refreshTimeout = 90_000;
// A trusted root takes 10 KiB; the largest file sigstore publishes there is below 100 KiB.
const targetLimit = 16 * 1024 * 1024;

/**
 * Fetches newer metadata and the named files.
 *
 * @returns the names that the repository vouches for
 * @throws Fault `trust-repository-unreachable`, `trust-repository-expired`, `trust-repository-invalid`
 */
export async function refresh(request: Refresh): Promise<readonly string[]> {
  const client = boundedFetcher(request);
  try {
    return await withDeadline(() => fetchAll(request, client.fetcher), {
      ...{ ms: refreshTimeout, what: `the trust repository at ${request.mirror}` },
    });
  } catch (error) {
    throw explained(request.mirror, client.lastFailure() ?? error);
  }
}

async function fetchAll({ mirror, folder, targets }: Refresh, fetcher: Fetcher): Promise<readonly string[]> {
  const updater = new Updater({
    ...{ metadataDir: folder, metadataBaseUrl: mirror, fetcher },
    ...{ targetDir: join(folder, 'targets'), targetBaseUrl: `${mirror.replace(/\/+$/u, '')}/targets` },
  });
  await updater.refresh();
  const found: string[] = [];
  for (const name of targets) {
    const file = await updater.getTargetInfo(name);
    if (file === undefined) continue;
    if (file.length > targetLimit) throw new RangeError(`${name} is larger than ${targetLimit} bytes`);
    if ((await updater.findCachedTarget(file)) === undefined) await updater.downloadTarget(file);
    found.push(name);
  }
  return found;
}

interface RememberingFetcher {
  readonly fetcher: Fetcher;
  /** The update client turns some errors into text; this is the one that it was. */
  lastFailure(): unknown;
}

// For a hasty refresh, per question.
const hastyTimeout = 5_000;

function boundedFetcher({ access, folder, hasty = false }: Refresh): RememberingFetcher {
  let failure: unknown;
  const bytes = async (url: string, limitBytes: number): Promise<Buffer> => {
    const patience = hasty ? { attempts: 1, timeoutMs: hastyTimeout } : {};
    const shared = { what: 'the trust repository', method: 'GET', followRedirects: true } as const;
    const request = { ...shared, ...patience, url, limitBytes };
    const answer = await callService(access, request).catch((error: unknown) => {
      failure = error;
      throw error;
    });
    // A root that is not there yet is how the client learns that it has the newest; the next success clears it.
    failure = answer.status === 200 ? undefined : new DownloadHTTPError(`status ${answer.status}`, answer.status);
    if (failure !== undefined) throw failure;
    return answer.body;
  };
  return {
    lastFailure: () => failure,
    fetcher: {
      downloadBytes: bytes,
      async downloadFile(url, limitBytes, handler) {
        const path = join(folder, '.download');
        await writeFile(path, await bytes(url, limitBytes));
        return handler(path);
      },
    },
  };
}

function explained(mirror: string, error: unknown): Error {
  const detail = wordsOf(error);
  if (
    isFault(error, 'service-unreachable') ||
    isFault(error, 'deadline-exceeded') ||
    error instanceof DownloadHTTPError
  ) {
    return sigstoreFault({
      code: 'trust-repository-unreachable',
      message: `The trust repository at ${mirror} could not be asked: ${detail}.`,
      hint: 'Check the address, network and proxy; without a network, use `trust export` on a machine that has one and pass --trusted-root.',
      values: { mirror, detail },
      cause: error,
    });
  }
  if (/expired/iu.test(detail)) {
    return sigstoreFault({
      code: 'trust-repository-expired',
      message: `The trust repository at ${mirror} serves metadata that has expired: ${detail}.`,
      hint: 'Its operator has to publish it again; if others see it fresh, check the clock of this machine and proxies between.',
      values: { mirror, detail },
      cause: error,
    });
  }
  return sigstoreFault({
    code: 'trust-repository-invalid',
    message: `The trust repository at ${mirror} serves something that must not be believed: ${detail}.`,
    hint: 'Nothing was taken over. Check the address; if it is right, ask the operator: keys, versions or hashes do not fit.',
    values: { mirror, detail },
    cause: error,
  });
}
