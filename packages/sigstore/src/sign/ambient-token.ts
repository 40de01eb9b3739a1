/** Identity tokens that the surroundings provide: a CI system, a mounted file, a variable. */
import { excerpt } from '@pratique/runtime/fault';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { sigstoreFault } from '../errors.ts';
import { callService, invalidAnswer, jsonOf, refusedBy } from './service-http.ts';
import type { ServiceAccess, ServiceRequest } from './service-http.ts';

/** What the surroundings said, read by the program. */
export interface AmbientSettings {
  /** Value of `SIGSTORE_ID_TOKEN`. */
  readonly variable?: string;
  /** Value of `ACTIONS_ID_TOKEN_REQUEST_URL`. */
  readonly githubUrl?: string;
  /** Value of `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. Secret. */
  readonly githubToken?: string;
  /** Content of the mounted file, where there is one. */
  readonly file?: string;
}

/** Where a token can come from. */
export type AmbientProvider = 'variable' | 'github-actions' | 'filesystem';

/** Where cosign and this product look for a mounted token. */
export const tokenFile = '/var/run/sigstore/cosign/oidc-token';

/** A token, or that nobody offers one. */
export type AmbientToken =
  | { readonly state: 'found'; readonly provider: AmbientProvider; readonly token: string }
  | { readonly state: 'absent' };

const githubAnswer = Type.Object({ value: Type.String({ minLength: 1, maxLength: 16 * 1024 }) });

/** What to ask for. */
export interface AmbientRequest {
  readonly settings: AmbientSettings;
  readonly access: ServiceAccess;
  /** `sigstore` when left out. */
  readonly audience?: string;
  /** Only this one is asked; then its absence is a fault. */
  readonly only?: AmbientProvider;
}

/**
 * The first token that is offered: the variable, the CI system, the file.
 *
 * @throws Fault `identity-token-missing` when the one asked for offers none; `service-…` when the CI system was asked and
 * did not answer as it should: that it could not be asked does not mean that there is no token
 */
export async function ambientToken(request: AmbientRequest): Promise<AmbientToken> {
  const order: readonly AmbientProvider[] = request.only
    ? [request.only]
    : ['variable', 'github-actions', 'filesystem'];
  for (const provider of order) {
    const token = await tokenOf(provider, request);
    if (token !== undefined && token.trim() !== '') return { state: 'found', provider, token: token.trim() };
  }
  if (request.only === undefined) return { state: 'absent' };
  throw sigstoreFault({
    code: 'identity-token-missing',
    message: `The provider ${excerpt(request.only)} offers no identity token here.`,
    hint: hints[request.only],
    values: { provider: request.only },
  });
}

const hints: Readonly<Record<AmbientProvider, string>> = {
  variable: 'Set SIGSTORE_ID_TOKEN, or pass the token with --identity-token.',
  'github-actions': 'Give the job the permission `id-token: write`.',
  filesystem: `Mount a projected service-account token at ${tokenFile}.`,
};

async function tokenOf(provider: AmbientProvider, request: AmbientRequest): Promise<string | undefined> {
  switch (provider) {
    case 'variable':
      return request.settings.variable;
    case 'filesystem':
      return request.settings.file;
    case 'github-actions':
      return githubToken(request);
  }
}

async function githubToken({ settings, access, audience = 'sigstore' }: AmbientRequest): Promise<string | undefined> {
  const { githubUrl, githubToken: bearer } = settings;
  if (githubUrl === undefined || bearer === undefined || githubUrl === '' || bearer === '') return undefined;
  const joint = githubUrl.includes('?') ? '&' : '?';
  const request: ServiceRequest = {
    ...{ what: 'the token service of GitHub Actions', method: 'GET', limitBytes: 64 * 1024 },
    url: `${githubUrl}${joint}audience=${encodeURIComponent(audience)}`,
    headers: { accept: 'application/json', authorization: `Bearer ${bearer}` },
  };
  const answer = await callService(access, request);
  if (answer.status !== 200) throw refusedBy(request, answer, hints['github-actions']);
  const body = jsonOf(request, answer);
  if (!Value.Check(githubAnswer, body)) throw invalidAnswer(request, 'it holds no token');
  return body.value;
}
