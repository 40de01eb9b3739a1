import { usageFault } from '../errors.ts';
import type { ServiceFlags } from './sign-flags.ts';
import type { Surroundings } from './surroundings.ts';

/** A token from logging in with a browser. */
export async function loginToken(_flags: ServiceFlags, _surroundings: Surroundings): Promise<string> {
  throw usageFault(
    'Nothing says who you are: no key was given and no identity token was found.',
    'Add --key cosign.key; or give --identity-token, set SIGSTORE_ID_TOKEN, or run it where the CI system offers a token.',
  );
}
