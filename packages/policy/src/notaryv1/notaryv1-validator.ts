/**
 * Docker Content Trust, signed tags on a Notary server: log in, download, judge. Legacy: Docker has retired it and nothing new is added
 * here; the folder stands for itself, so that it can be taken out without touching another validator.
 */
import { isFault } from '@pratique/runtime/fault';
import type { NotaryV1Settings } from '../configuration/policy.ts';
import { notaryGun } from '../image/spellings.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { internalAnswer, timeoutAnswer } from '../validators/failed-answer.ts';
import type { Validation, Validator, ValidatorSurroundings } from '../validators/validator.ts';
import type { FetchedDelegation } from './delegations.ts';
import { TrustFlaw } from './flaw.ts';
import { beginNotary, concludeNotary, notaryRefusal } from './judge-notaryv1.ts';
import type { NotaryQuestion } from './judge-notaryv1.ts';
import { connectNotary } from './notary-server.ts';
import type { NotaryServer } from './notary-server.ts';
import { baseRoles } from './trust-data.ts';
import type { BaseBytes } from './verify-base.ts';

/** A validator for one entry of `validators` with `type: notaryv1`. */
export function createNotaryV1Validator(settings: NotaryV1Settings, surroundings: ValidatorSurroundings): Validator {
  return { settings, validate: (validation) => validate(settings, surroundings, validation) };
}

async function validate(
  settings: NotaryV1Settings,
  surroundings: ValidatorSurroundings,
  validation: Validation,
): Promise<ValidatorAnswer> {
  const { image, rule, now, signal } = validation;
  const question = { settings, rule, image, now };
  try {
    const login = await surroundings.login(settings);
    const access = { host: settings.host, gun: notaryGun(image), fetch: surroundings.fetch(settings), login, signal };
    const server = await connectNotary(access);
    const begun = beginNotary(question, await downloadBase(server));
    return concludeNotary(question, begun, await downloadDelegations(server, begun.delegations));
  } catch (error) {
    return answerFor(error, question, signal);
  }
}

function answerFor(error: unknown, question: NotaryQuestion, signal: AbortSignal): ValidatorAnswer {
  if (signal.aborted) return timeoutAnswer(question.image.name);
  if (error instanceof TrustFlaw) return notaryRefusal(question, error);
  if (!isFault(error)) return internalAnswer(error instanceof Error ? error.message : 'an unknown error');
  // What the program could not provide: a secret that is not there, a CA that cannot be read.
  return notaryRefusal(
    question,
    new TrustFlaw('registry_auth', `error creating notary client: ${error.message}`, error.hint),
  );
}

async function downloadBase(server: NotaryServer): Promise<BaseBytes> {
  try {
    const [root, targets, snapshot, timestamp] = await Promise.all(baseRoles.map((role) => present(server, role)));
    return { root: root!, targets: targets!, snapshot: snapshot!, timestamp: timestamp! };
  } catch (error) {
    throw error instanceof TrustFlaw ? error.within('error downloading trust data') : error;
  }
}

async function present(server: NotaryServer, role: string): Promise<Uint8Array> {
  const bytes = await server.document(role);
  if (bytes === undefined) throw new TrustFlaw('no_signature', `error acquiring trust data ${role}: 404 Not Found`);
  return bytes;
}

async function downloadDelegations(
  server: NotaryServer,
  names: readonly string[],
): Promise<ReadonlyMap<string, FetchedDelegation>> {
  const fetched = names.map(async (name): Promise<readonly [string, FetchedDelegation]> => {
    try {
      const bytes = await server.document(name);
      return [name, bytes === undefined ? { state: 'absent' } : { state: 'there', bytes }];
    } catch (error) {
      if (error instanceof TrustFlaw) return [name, { state: 'failed', flaw: error }];
      throw error;
    }
  });
  return new Map(await Promise.all(fetched));
}
