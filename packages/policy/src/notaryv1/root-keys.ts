/** The pinned root keys of a rule: where all trust in a Notary repository begins. */
import { isFault } from '@pratique/runtime/fault';
import { parsePublicKey } from '@pratique/sigstore';
import type { PublicKey } from '@pratique/sigstore';
import type { NotaryV1Settings, Rule } from '../configuration/policy.ts';
import { TrustFlaw } from './flaw.ts';

/** A key with the name of its trust root. */
export interface RootKey {
  readonly name: string;
  readonly key: PublicKey;
}

const whole = /^\s*-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/;

/** The keys that must all have signed the root: the named one, or every one under `*`. @throws TrustFlaw of class `config` */
export function rootKeys(settings: NotaryV1Settings, rule: Rule): readonly RootKey[] {
  const { trustRoot } = rule.options;
  const chosen = [...settings.trustRoots.values()].filter(({ name }) => trustRoot === '*' || name === trustRoot);
  const problem = (what: string): TrustFlaw =>
    new TrustFlaw(
      'config',
      `error getting trust root keys for validator ${settings.name}: ${what}`,
      `Correct the trust roots of validator ${settings.name}, or with.trustRoot of the rule.`,
    );
  if (chosen.length === 0) throw problem(`unable to find trust root ${trustRoot}`);
  return chosen.map(({ name, pem }) => ({ name, key: readKey(name, pem, problem) }));
}

function readKey(name: string, pem: string, problem: (what: string) => TrustFlaw): PublicKey {
  const block = whole.exec(pem)?.[0];
  if (block === undefined)
    throw problem(`error decoding public key ${name}: wrong format, provide a PEM encoded public key`);
  const key = parsed(block, (why) => problem(`error parsing public key ${name}: ${why}`));
  if (pem.slice(block.length).trim() !== '')
    throw problem(`key material for key ${name} contains extraneous characters`);
  if (key.algorithm.kind === 'ed25519')
    throw problem(`error parsing public key ${name}: only RSA and ECDSA keys sign here`);
  return key;
}

function parsed(pem: string, problem: (why: string) => TrustFlaw): PublicKey {
  try {
    return parsePublicKey(pem);
  } catch (error) {
    throw problem(isFault(error) ? error.message : 'it cannot be read');
  }
}
