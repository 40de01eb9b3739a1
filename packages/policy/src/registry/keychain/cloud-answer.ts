/** Answers of cloud services: JSON, small, and never quoted in messages, because they hold tokens. */
import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { readBounded } from '@pratique/runtime/limit';

/** Tokens of the clouds have a few KiB. */
const answerBytes = 256 * 1024;

/**
 * Reads an answer.
 *
 * @throws Error with the status, or saying that something is missing; never with what was answered
 */
export async function cloudAnswer<S extends TSchema>(schema: S, response: Response): Promise<Static<S>> {
  const host = response.url === '' ? 'the cloud' : new URL(response.url).host;
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`${host} answered ${response.status}`);
  }
  const text = (await readBounded(response.body, { bytes: answerBytes, what: `the answer of ${host}` })).toString(
    'utf8',
  );
  const value = parsed(text);
  if (!Check(schema, value)) throw new Error(`${host} answered something else than a token`);
  return value as Static<S>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
