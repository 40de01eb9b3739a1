import { cliFault } from '../errors.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Asks before something that cannot be undone. The end of the input counts as no.
 *
 * @throws Fault `declined`
 */
export async function confirm({ input, say }: Surroundings, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  say(`${question} [y/N]`);
  const answer = (await input.line())?.trim().toLowerCase();
  if (answer === 'y' || answer === 'yes') return;
  throw cliFault({
    code: 'declined',
    message:
      answer === undefined ? 'user declined the prompt: nobody was there to answer.' : 'user declined the prompt.',
    hint: 'Nothing was changed. Add --yes (or --force where the verb has it) to go on without the question.',
  });
}
