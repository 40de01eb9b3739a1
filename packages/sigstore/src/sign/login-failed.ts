import { sigstoreFault } from '../errors.ts';

/** The fault for a login that led nowhere. */
export function loginFailed(detail: string): Error {
  return sigstoreFault({
    code: 'login-failed',
    message: `Logging in failed: ${detail}.`,
    hint: 'Try again; where no browser can be opened, use --fulcio-auth-flow device, or pass --identity-token.',
    values: { detail },
  });
}
