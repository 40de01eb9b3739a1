import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { dockerHub, normaliseRegistry } from '@pratique/oci';
import { excerpt, isFault } from '@pratique/runtime/fault';
import { decodeText, readFileBounded } from '@pratique/runtime/limit';
import { cliFault, usageFault } from '../errors.ts';
import { writeFiles } from './files.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

interface LoginFlags {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
}

/** A docker configuration; everything not named here is kept as it is. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** `pratique login REGISTRY` */
export function command(): Command {
  return buildVerb<LoginFlags>({
    name: 'login [registry]',
    summary: 'keep credentials of a registry, where docker and cosign keep theirs',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '-u, --username <name>', help: 'name of the account' },
          { name: '-p, --password <text>', help: 'its password or token; others can see it in the list of processes' },
          { name: '--password-stdin', help: 'read the password from the pipe', initial: false },
        ],
      },
    ],
    more: `
Written to $DOCKER_CONFIG/config.json or ~/.docker/config.json, or given to the credential helper that is set there.
The registry is not asked: a wrong password shows at the first use.

Example:
  $ pratique login registry.example.com -u robot --password-stdin < token`,
    run: runLogin,
  });
}

/** Keeps a name and a password for one registry. */
export async function runLogin({ words, flags }: Asked<LoginFlags>, surroundings: Surroundings): Promise<void> {
  const server = serverKey(words[0] ?? dockerHub);
  const username = flags.username ?? (await askName(surroundings));
  const password = await passwordOf(flags, surroundings);
  if (username === '' || password === '')
    throw usageFault('Name and password must not be empty.', 'Give -u and --password-stdin.');
  const path = configPath(surroundings);
  const config = await readConfig(path);
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  if (helper !== undefined && helper !== '') {
    await storeWithHelper(helper, { ServerURL: server, Username: username, Secret: password });
    surroundings.say(`Credentials of ${server} are with the helper ${helper}`);
    return;
  }
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  const changed = { ...config, auths: { ...config.auths, [server]: { auth } } };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFiles([{ path, content: `${JSON.stringify(changed, null, '\t')}\n`, mode: 0o600, replace: true }]);
  surroundings.say(`Credentials of ${server} written to ${path} (not encrypted)`);
}

// Docker Hub's key is an address for historical reasons; everybody looks for exactly this one.
function serverKey(text: string): string {
  const host = normaliseRegistry(text.replace(/^https?:\/\//, '').replace(/\/.*$/, ''));
  return host === dockerHub ? 'https://index.docker.io/v1/' : host;
}

async function askName({ input, say }: Surroundings): Promise<string> {
  if (!input.isTerminal) throw usageFault('No name was given.', 'Add -u NAME.');
  say('Name of the account:');
  return (await input.line()) ?? '';
}

async function passwordOf(flags: LoginFlags, { input, say }: Surroundings): Promise<string> {
  if (flags.password !== undefined) {
    say('Warning: a password on the command line can be seen by others; --password-stdin keeps it to yourself.');
    return flags.password;
  }
  if (flags.passwordStdin === true || !input.isTerminal) {
    return (await input.rest(64 * 1024)).toString('utf8').replace(/\r?\n$/, '');
  }
  return await input.hidden('Password: ');
}

function configPath({ env }: Surroundings): string {
  return join(env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? env['USERPROFILE'] ?? '.', '.docker'), 'config.json');
}

async function readConfig(path: string): Promise<DockerConfig> {
  try {
    const limit = { bytes: 1024 * 1024, what: 'the file of credentials' };
    const read: unknown = JSON.parse(decodeText(await readFileBounded(path, limit), limit.what));
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read;
    throw new SyntaxError('it is no object');
  } catch (error) {
    if (isFault(error) && error.code === 'file-unreadable' && error.values['reason'] === 'ENOENT') return {};
    if (isFault(error)) throw error;
    throw cliFault({
      code: 'credentials-file-invalid',
      message: `${excerpt(path, 200)} is not the JSON that docker writes, so nothing was changed in it.`,
      hint: 'Repair it, or move it away and log in again.',
      cause: error,
    });
  }
}

async function storeWithHelper(
  helper: string,
  entry: { readonly ServerURL: string; readonly Username: string; readonly Secret: string },
): Promise<void> {
  const failed = (why: string) =>
    cliFault({
      code: 'credentials-file-invalid',
      message: `The credential helper ${excerpt(helper, 60)} ${why}.`,
      hint: 'Check credsStore and credHelpers in the docker configuration, and that docker-credential-<name> is on the PATH.',
    });
  if (!/^[A-Za-z0-9_-]+$/.test(helper)) throw failed('has a name that is no name of a program');
  const child = spawn(`docker-credential-${helper}`, ['store'], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(entry));
  const code = await new Promise<number | null | Error>((resolve) => {
    child.on('error', resolve);
    child.on('close', resolve);
  });
  if (code instanceof Error) throw failed('could not be started');
  if (code !== 0) throw failed(`ended with ${code ?? 'a signal'}`);
}
