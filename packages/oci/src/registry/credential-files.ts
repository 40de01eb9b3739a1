/** Where credentials lie on a machine, in the order in which cosign and podman look. */
import { join } from 'node:path';
import { isFault } from '@pratique/runtime/fault';
import { readFileBounded } from '@pratique/runtime/limit';
import { credentialFileBytes } from '../limits.ts';
import type { CredentialSource } from './credential.ts';
import type { RunHelper } from './credential-helper.ts';
import { dockerConfigSource, parseDockerConfig, unreadable } from './docker-config.ts';

/** The variables that say where files of credentials are; the program reads them. */
export interface CredentialPlaces {
  /** `DOCKER_CONFIG`: a folder. */
  readonly dockerConfig?: string;
  /** `HOME`. */
  readonly home?: string;
  /** `REGISTRY_AUTH_FILE`: a file. */
  readonly registryAuthFile?: string;
  /** `XDG_RUNTIME_DIR`. */
  readonly xdgRuntimeDir?: string;
  /** `XDG_CONFIG_HOME`; without it `.config` in the home. */
  readonly xdgConfigHome?: string;
}

/** The files to look into, first match wins. */
export function credentialPaths(places: CredentialPlaces): readonly string[] {
  const { home } = places;
  const docker = places.dockerConfig || (home ? join(home, '.docker') : undefined);
  const config = places.xdgConfigHome || (home ? join(home, '.config') : undefined);
  return [
    docker && join(docker, 'config.json'),
    places.registryAuthFile,
    places.xdgRuntimeDir && join(places.xdgRuntimeDir, 'containers', 'auth.json'),
    config && join(config, 'containers', 'auth.json'),
  ].filter((path) => path !== undefined && path !== '') as readonly string[];
}

/** Options of {@link fileCredentials}. */
export interface FileCredentialOptions {
  /** From {@link credentialPaths}. A file that does not exist holds nothing; one that cannot be read is a fault. */
  readonly paths: readonly string[];
  /** Runs the helpers the files name; without it a named helper is a fault. */
  readonly run?: RunHelper;
}

/** Credentials from files, each read once when first needed. */
export function fileCredentials({ paths, run }: FileCredentialOptions): CredentialSource {
  const sources = new Map<string, Promise<CredentialSource | undefined>>();
  function sourceOf(path: string): Promise<CredentialSource | undefined> {
    const known = sources.get(path);
    if (known !== undefined) return known;
    const read = readSource(path, run);
    sources.set(path, read);
    return read;
  }
  return {
    async find(registry, repository, waiting) {
      for (const path of paths) {
        const found = await (await sourceOf(path))?.find(registry, repository, waiting);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

async function readSource(path: string, run: RunHelper | undefined): Promise<CredentialSource | undefined> {
  try {
    const bytes = await readFileBounded(path, { bytes: credentialFileBytes, what: `the credentials in ${path}` });
    // Podman makes an empty file before the first login.
    return bytes.byteLength === 0 ? undefined : dockerConfigSource(parseDockerConfig(bytes, path), run);
  } catch (error) {
    if (!isFault(error) || error.code === 'credentials-unreadable') throw error;
    const code = (error.cause as { code?: unknown } | undefined)?.code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, error.message, error);
  }
}
