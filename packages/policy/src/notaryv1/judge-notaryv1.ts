/** The judgement over an image by the trust data of a Notary server. Pure: documents, settings, rule and time decide. */
import type { NotaryV1Settings, Rule } from '../configuration/policy.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import { notaryGun } from '../image/spellings.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { refusal } from '../validators/failed-answer.ts';
import { verifyDelegations, wantedDelegations } from './delegations.ts';
import type { FetchedDelegation, Speaker } from './delegations.ts';
import { TrustFlaw } from './flaw.ts';
import { lookUp } from './look-up.ts';
import { rootKeys } from './root-keys.ts';
import type { RootKey } from './root-keys.ts';
import { verifyBase } from './verify-base.ts';
import type { BaseBytes, VerifiedBase } from './verify-base.ts';

/** What a judgement is about. */
export interface NotaryQuestion {
  readonly settings: NotaryV1Settings;
  readonly rule: Rule;
  readonly image: CanonicalImage;
  readonly now: Date;
}

/** The first half: base documents that are believed, and which delegations the second half needs. */
export interface Begun {
  readonly keys: readonly RootKey[];
  readonly base: VerifiedBase;
  readonly delegations: readonly string[];
}

/** Verifies the base documents. @throws TrustFlaw */
export function beginNotary({ settings, rule, now }: NotaryQuestion, bytes: BaseBytes): Begun {
  const keys = rootKeys(settings, rule);
  const base = verifyBase(bytes, keys, { now, strictTuf: rule.options.strictTuf });
  return { keys, base, delegations: wantedDelegations(base, settings, rule) };
}

/** Verifies the delegations and looks the image up. @throws TrustFlaw */
export function concludeNotary(
  { settings, rule, image, now }: NotaryQuestion,
  { base, keys }: Begun,
  fetched: ReadonlyMap<string, FetchedDelegation>,
): ValidatorAnswer {
  const speakers = verifyDelegations(base, fetched, { rule, now, strictTuf: rule.options.strictTuf });
  const digest = lookUp(image, speakers, settings.name);
  const roots = keys.map(({ name, key }) => `${name} (SHA256:${key.fingerprint})`).join(', ');
  const found = [
    { text: `root of ${notaryGun(image)}, version ${base.root.version}, signed by trust root ${roots}` },
    ...speakers.map((speaker) => ({ text: describe(speaker, digest) })),
  ];
  return { outcome: 'accepted', digest, found, warnings: [] };
}

/** Both halves at once, for whoever has all documents at hand. */
export function judgeNotaryV1(
  question: NotaryQuestion,
  bytes: BaseBytes,
  fetched: ReadonlyMap<string, FetchedDelegation>,
): ValidatorAnswer {
  try {
    const begun = beginNotary(question, bytes);
    const wanted = new Map(
      begun.delegations.map((name) => [name, fetched.get(name) ?? ({ state: 'absent' } as const)]),
    );
    return concludeNotary(question, begun, wanted);
  } catch (error) {
    if (error instanceof TrustFlaw) return notaryRefusal(question, error);
    throw error;
  }
}

/** The answer for a flaw. */
export function notaryRefusal({ settings, rule, image }: NotaryQuestion, flaw: TrustFlaw): ValidatorAnswer {
  const { trustRoot, delegations } = rule.options;
  const roots = trustRoot === '*' ? [...settings.trustRoots.keys()].join(' and ') : trustRoot;
  const by = delegations.length === 0 ? '' : `, signed by ${delegations.join(' and ')}`;
  const name = image.tag === undefined ? image.name : `${notaryGun(image)}:${image.tag}`;
  return refusal(flaw.class, {
    detail: flaw.message,
    wanted: `trust data of ${notaryGun(image)} on ${settings.host} whose root is signed by ${roots}${by}`,
    nextStep: flaw.nextStep ?? `Sign the image: docker trust sign ${name}`,
  });
}

function describe({ document }: Speaker, digest: string): string {
  return `${document.name}, version ${document.version}, until ${document.expires.toISOString()}: ${digest}`;
}
