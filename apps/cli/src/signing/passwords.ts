/**
 * Where the password of a private key comes from, in cosign's order: the variable, then a person, then the pipe as it is.
 */
import { cliFault } from '../errors.ts';
import { aside } from '../print.ts';
import type { Surroundings } from './surroundings.ts';

/** Far above any password; what is longer is the wrong file in the pipe. */
const passwordLimitBytes = 64 * 1024;

/** The password of a key that exists. */
export async function readPassword(surroundings: Surroundings): Promise<Buffer> {
  const { env, input } = surroundings;
  const given = env['COSIGN_PASSWORD'];
  if (given !== undefined) return Buffer.from(given, 'utf8');
  if (!input.isTerminal) return await fromPipe(surroundings);
  return Buffer.from(await input.hidden('Password of the private key: '), 'utf8');
}

/**
 * The password for a key that is being made; a person types it twice.
 *
 * @throws Fault `password-missing` when the two differ
 */
export async function choosePassword(surroundings: Surroundings): Promise<Buffer> {
  const { env, input } = surroundings;
  if (env['COSIGN_PASSWORD'] !== undefined || !input.isTerminal) return await readPassword(surroundings);
  const first = await input.hidden('Password for the private key (may be empty): ');
  const second = await input.hidden('The same once more: ');
  if (first === second) return Buffer.from(first, 'utf8');
  throw cliFault({
    code: 'password-missing',
    message: 'The two passwords differ.',
    hint: 'No key was written. Run it again and type the same twice.',
  });
}

async function fromPipe({ input, say }: Surroundings): Promise<Buffer> {
  const all = await input.rest(passwordLimitBytes);
  if (all.length > passwordLimitBytes) {
    throw cliFault({
      code: 'password-missing',
      message: 'More than 64 KiB came through the pipe where a password was expected.',
      hint: 'Set COSIGN_PASSWORD, or pipe only the password: printf %s "$PASSWORD" | pratique …',
    });
  }
  if (all.at(-1) === 0x0a) {
    say(
      aside.warning(
        'Warning: the password from the pipe ends with a line break, which counts as part of it. ' +
          'Use printf %s instead of echo if that is not meant.',
      ),
    );
  }
  return all;
}
