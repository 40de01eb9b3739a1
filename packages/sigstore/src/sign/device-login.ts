/** Logging in with a code that is typed in on another device (RFC 8628). */
import { setTimeout as waitFor } from 'node:timers/promises';
import { excerpt } from '@pratique/runtime/fault';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { isJsonObject } from '../json/strict-json.ts';
import type { IdentityToken } from './identity-token.ts';
import { loginFailed } from './login-failed.ts';
import { discover, exchange, loginHint, loginPatience, newVerifier, tokenIn } from './login.ts';
import type { LoginOptions } from './login.ts';
import { invalidAnswer, jsonOf, refusedBy } from './service-http.ts';

/** With somebody at another device. */
export interface DeviceLogin extends LoginOptions {
  /** Tells a person which code to type in where; `complete` is the address with the code in it, where there is one. */
  show(what: { readonly code: string; readonly url: string; readonly complete?: string }): Promise<void>;
}

const deviceSchema = Type.Object({
  device_code: Type.String({ minLength: 1, maxLength: 4096 }),
  user_code: Type.String({ minLength: 1, maxLength: 128 }),
  verification_uri: Type.String({ minLength: 1, maxLength: 2048 }),
  verification_uri_complete: Type.Optional(Type.String({ maxLength: 2048 })),
  expires_in: Type.Integer({ minimum: 1, maximum: 86_400 }),
  interval: Type.Optional(Type.Integer({ minimum: 0, maximum: 600 })),
});

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';
// Section 3.2 and 3.5.
const usualInterval = 5;
const slowDown = 5;

/**
 * Logs in without a browser on this machine.
 *
 * @throws Fault `login-failed`, `service-…`, `identity-token-…`
 */
export async function loginWithDevice(options: DeviceLogin): Promise<IdentityToken> {
  const { device: url, token: tokenUrl } = await discover(options);
  if (url === undefined) throw loginFailed('the identity provider offers no login with a code');
  const pkce = newVerifier(options);
  const asked = await exchange(options, url, {
    ...{ scope: 'openid email', code_challenge: pkce.challenge, code_challenge_method: 'S256' },
  });
  if (asked.answer.status !== 200) throw refusedBy(asked.request, asked.answer, loginHint);
  const found = jsonOf(asked.request, asked.answer);
  if (!Value.Check(deviceSchema, found)) throw invalidAnswer(asked.request, 'it holds no code to type in');
  const { user_code: code, verification_uri: where, verification_uri_complete: complete } = found;
  await options.show({ code, url: where, ...(complete && { complete }) });
  const form = { grant_type: grantType, device_code: found.device_code, code_verifier: pkce.verifier };
  let interval = found.interval ?? usualInterval;
  const patience = Math.min(found.expires_in * 1000, options.patience ?? loginPatience);
  for (let waited = 0; waited < patience; waited += Math.max(1, interval) * 1000) {
    await pause(options, interval * 1000);
    const answered = await exchange(options, tokenUrl, form);
    if (answered.answer.status === 200) return tokenIn(options, answered);
    const error = errorIn(jsonOf(answered.request, answered.answer));
    if (error === 'slow_down') interval += slowDown;
    else if (error !== 'authorization_pending') throw loginFailed(`the identity provider says ${excerpt(error)}`);
  }
  throw loginFailed(`nobody typed the code in within ${Math.round(patience / 1000)} seconds`);
}

function errorIn(body: unknown): string {
  const error = isJsonObject(body) ? body['error'] : undefined;
  return typeof error === 'string' ? error : 'nothing that can be understood';
}

async function pause({ access }: LoginOptions, ms: number): Promise<void> {
  if (access.pause !== undefined) return access.pause(ms, access.signal);
  await waitFor(ms, undefined, access.signal === undefined ? {} : { signal: access.signal });
}
