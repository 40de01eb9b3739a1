/** Credential helpers: programs named `docker-credential-<name>` that keep secrets elsewhere. Protocol: docker-credential-helpers. */
import { spawn } from 'node:child_process';
import Type from 'typebox';
import { excerpt } from '@pratique/runtime/fault';
import { ociFault } from '../errors.ts';
import { helperOutputBytes } from '../limits.ts';
import { shapeOf } from '../shape.ts';
import type { Waiting } from '../store.ts';
import type { Credential } from './credential.ts';

/** What a helper printed; both texts are cut at their limit. */
export interface HelperAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `docker-credential-<name> get` with the server on its standard input. */
export type RunHelper = (name: string, server: string, waiting?: Waiting) => Promise<HelperAnswer>;

const Secret = Type.Object({ Username: Type.Optional(Type.String()), Secret: Type.String() });
const shape = shapeOf(Secret);

/** Milliseconds: some helpers ask a cloud, none asks a person. */
const patience = 30_000;

interface HelperWish {
  readonly helper: string;
  readonly server: string;
  readonly source: string;
  readonly run: RunHelper;
}

/**
 * Asks a helper for one server.
 *
 * @returns undefined where the helper knows nothing of it
 * @throws Fault `credential-helper-failed`, naming the helper
 */
export async function askHelper(wish: HelperWish, waiting?: Waiting): Promise<Credential | undefined> {
  const { helper, server, run } = wish;
  // The name becomes part of a program's name.
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(helper)) throw failed(wish, 'its name is not allowed');
  const answer = await run(helper, server, waiting).catch((error: unknown) => {
    waiting?.signal?.throwIfAborted();
    throw failed(wish, error instanceof Error ? excerpt(error.message, 200) : 'it could not be started', error);
  });
  const said = `${answer.stdout}\n${answer.stderr}`;
  if (/credentials not found in native keychain/i.test(said)) return undefined;
  if (answer.code !== 0) throw failed(wish, `it ended with ${answer.code}: ${excerpt(said.trim(), 200)}`);
  const secret = parse(answer.stdout);
  if (secret === undefined) throw failed(wish, 'it printed no credentials');
  if (secret.Secret === '' && !secret.Username) return undefined;
  const source = `the credential helper ${helper}`;
  if (secret.Username === '<token>') return { kind: 'identity-token', token: secret.Secret, source };
  return { kind: 'basic', username: secret.Username ?? '', password: secret.Secret, source };
}

/** The real {@link RunHelper}: starts the program from the PATH, bounded in time and output. */
export const runCredentialHelper: RunHelper = (name, server, waiting) => {
  return new Promise((resolve, reject) => {
    const signals = [AbortSignal.timeout(patience), waiting?.signal].filter((signal) => signal !== undefined);
    const child = spawn(`docker-credential-${name}`, ['get'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: AbortSignal.any(signals),
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (piece: string) => {
        output[stream] = (output[stream] + piece).slice(0, helperOutputBytes);
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? -1, ...output }));
    // A helper that does not read its input is its own problem.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${server}\n`);
  });
};

function parse(text: string): { Username?: string; Secret: string } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return shape.fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function failed({ helper, server, source }: HelperWish, problem: string, cause?: unknown): Error {
  return ociFault({
    code: 'credential-helper-failed',
    message: `The credential helper docker-credential-${excerpt(helper)}, which ${excerpt(source, 200)} names for ${server}, failed: ${problem}.`,
    hint: 'Run it by hand with “get” to see why, or remove it from the file and log in again.',
    values: { helper: excerpt(helper), server, source: excerpt(source, 200), problem },
    cause,
  });
}
