import type { Command } from 'commander';
import { predicateType, predicateTypeNames, verifyImageAttestations, type ImageVerdict } from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { outcomeHelp } from './outcomes.ts';
import { policyOf } from './policy.ts';
import { storedEnvelope } from './stored-envelope.ts';
import type { Surroundings } from './surroundings.ts';
import { trustFor } from './trust.ts';
import { buildVerb, type Asked } from './verb.ts';
import { imageVerifyGroups, type ImageVerifyFlags } from './verify-flags.ts';
import { verifyImages } from './verify-images.ts';

/** Flags of `verify-attestation`. */
export interface VerifyAttestationFlags extends ImageVerifyFlags {
  readonly type: string;
  readonly policy: readonly string[];
}

/** `pratique verify-attestation IMAGE…` */
export function command(): Command {
  return buildVerb<VerifyAttestationFlags>({
    name: 'verify-attestation <image...>',
    summary: 'check that somebody stated something about images, and print it',
    groups: imageVerifyGroups([
      { name: '--type <word-or-uri>', help: `${predicateTypeNames.join(', ')}, or a URI`, initial: 'custom' },
      { name: '--policy <file>', help: 'refused: CUE and Rego are not evaluated', many: true, hidden: true },
    ]),
    more: `
Prints one signed envelope a line; the payload inside is base64.

Example:
  $ pratique verify-attestation --key cosign.pub --type cyclonedx IMAGE | jq -r .payload | base64 -d | jq .predicate
${outcomeHelp}`,
    run: runVerifyAttestation,
  });
}

/** Checks each image; see {@link verifyImages}. */
export async function runVerifyAttestation(
  asked: Asked<VerifyAttestationFlags>,
  surroundings: Surroundings,
): Promise<number> {
  const { flags } = asked;
  if (flags.policy.length > 0) {
    throw usageFault(
      '--policy is not supported.',
      'Policies about predicates belong to the gate; or pipe the payload to your tool.',
    );
  }
  const wanted = predicateType(flags.type).uri;
  const policy = await policyOf({ flags, isGiven: asked.isGiven, surroundings });
  const trust = await trustFor(policy, flags, surroundings);
  const show = ({ verdict, evidence }: ImageVerdict) => {
    // The same statement is stored in both formats by default; who reads the lines wants each once.
    const statements = new Set<string>();
    for (const { index, proof } of verdict.accepted) {
      const statement =
        proof.document?.kind === 'statement' ? Buffer.from(proof.document.payload).toString('base64') : '';
      const stored = storedEnvelope(evidence.candidates[index]);
      if (stored === undefined || statements.has(statement)) continue;
      statements.add(statement);
      surroundings.out(`${stored}\n`);
    }
  };
  const verify: typeof verifyImageAttestations = (question) =>
    verifyImageAttestations({ ...question, predicateType: wanted });
  return await verifyImages({ asked, surroundings, policy, trust, manner: { what: 'attestations', verify, show } });
}
