import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { needsProgram } from '../outside-program.ts';
import type { ProgramTests } from '../outside-program.ts';

/** The real programs that `tools/fetch-peers.sh` unpacks, by the name of their script. */
export type PeerName =
  | 'cosign-2'
  | 'cosign-3'
  | 'skopeo'
  | 'oras'
  | 'notation'
  | 'docker-registry'
  | 'kubectl'
  | 'helm'
  | 'valkey-server';

/** What a peer answered. */
export interface PeerAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a peer is called. */
export interface PeerCall {
  readonly cwd?: string;
  /** Added to an environment that holds nothing but PATH, HOME and what is given: settings of the machine do not leak in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Milliseconds; a minute by default. */
  readonly timeoutMs?: number;
}

const folder = fileURLToPath(new URL('../../../.pratique/peers/bin', import.meta.url));

/**
 * `describe` and `it` for tests that speak with a real peer: skipped with the reason where it is missing, failing there
 * when PRATIQUE_FORBID_SKIP=1. `bash tools/fetch-peers.sh` brings all of them.
 *
 * @param environment PRATIQUE_PEERS names another folder than `.pratique/peers/bin` of this checkout; a peer listed in
 *   PRATIQUE_MAY_LACK is skipped even where skipping is forbidden, because nothing on that machine can bring it
 */
export function needsPeer(name: PeerName, environment: NodeJS.ProcessEnv = process.env): ProgramTests {
  const place = environment['PRATIQUE_PEERS'] ?? folder;
  const excused = (environment['PRATIQUE_MAY_LACK'] ?? '').split(' ').includes(name);
  return needsProgram(
    { name: `${name} (bash tools/fetch-peers.sh brings it)`, paths: [`${place}/${name}`] },
    excused ? { ...environment, PRATIQUE_FORBID_SKIP: '0' } : environment,
  );
}

/**
 * Runs a peer to its end. A code other than 0 is an answer, not an error; only a peer that cannot be started or does not
 * end in time rejects.
 *
 * @param path from {@link needsPeer}
 * @example
 * const cosign = needsPeer('cosign-3');
 * cosign.it('verifies', async () => expect((await runPeer(cosign.path, ['version'])).code).toBe(0));
 */
export function runPeer(path: string | undefined, args: readonly string[], call: PeerCall = {}): Promise<PeerAnswer> {
  if (path === undefined) throw new TypeError('the peer is not on this machine; guard the test with needsPeer');
  const env = { PATH: process.env['PATH'], HOME: call.cwd ?? '/nonexistent', ...call.env };
  const options = { cwd: call.cwd, env, timeout: call.timeoutMs ?? 60_000, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    const child = execFile(path, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(call.stdin ?? '');
  });
}
