/** Credentials that docker and podman have kept, in the order cosign looks for them. */
import { homedir } from 'node:os';
import { credentialPaths, fileCredentials, runCredentialHelper, type CredentialSource } from '@pratique/oci';
import type { Surroundings } from './surroundings.ts';

/** The files of this person, asked one after the other. */
export function credentialFiles({ env }: Surroundings): CredentialSource {
  const paths = credentialPaths({
    dockerConfig: env['DOCKER_CONFIG'],
    home: env['HOME'] ?? homedir(),
    registryAuthFile: env['REGISTRY_AUTH_FILE'],
    xdgRuntimeDir: env['XDG_RUNTIME_DIR'],
    xdgConfigHome: env['XDG_CONFIG_HOME'],
  });
  return fileCredentials({ paths, run: runCredentialHelper });
}
