/** Logging in as a person: in a browser, or with a code typed in elsewhere. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileBounded } from '@pratique/runtime/limit';
import { loginWithBrowser, loginWithDevice, type LoginOptions } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { serviceAccess } from './service-access.ts';
import type { ServiceFlags } from './sign-flags.ts';
import type { Surroundings } from './surroundings.ts';

/** A token from logging in. Only where a person is there to do it. */
export async function loginToken(flags: ServiceFlags, surroundings: Surroundings): Promise<string> {
  const { say, input, isWatched } = surroundings;
  if (!input.isTerminal && !isWatched) {
    throw usageFault(
      'Nothing says who you are: no key was given, no identity token was found, and nobody is here to log in.',
      'Add --key cosign.key; or give --identity-token, set SIGSTORE_ID_TOKEN, or run it where the CI system offers a token.',
    );
  }
  const options = await loginOptions(flags, surroundings);
  if (flags.fulcioAuthFlow === 'device') {
    const { token } = await loginWithDevice({
      ...options,
      show: async ({ code, url, complete }) => {
        say(`Open ${aside.link(complete ?? url)} and enter the code ${aside.strong(code)}`);
      },
    });
    return token;
  }
  const { oidcRedirectUrl: redirectUrl } = flags;
  const { token } = await loginWithBrowser({
    ...options,
    ...(redirectUrl === undefined ? {} : { redirectUrl }),
    openBrowser: async (url) => {
      say(`Log in at ${aside.link(url)}`);
      openInBrowser(url);
    },
  });
  return token;
}

async function loginOptions(flags: ServiceFlags, surroundings: Surroundings): Promise<LoginOptions> {
  const path = flags.oidcClientSecretFile;
  const secret =
    path === undefined ? undefined : await readFileBounded(path, { bytes: 4096, what: 'the client secret' });
  return {
    issuer: flags.oidcIssuer,
    clientId: flags.oidcClientId,
    ...(secret === undefined ? {} : { clientSecret: secret.toString('utf8').trim() }),
    access: serviceAccess(surroundings),
    now: surroundings.now,
    randomBytes: (length) => randomBytes(length),
  };
}

const openers: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'open',
  win32: 'explorer',
  linux: 'xdg-open',
};

// The address is printed anyway, so a machine without a browser is no failure.
function openInBrowser(url: string): void {
  const opener = openers[process.platform];
  if (opener === undefined) return;
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
