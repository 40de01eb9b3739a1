import type { Command } from 'commander';
import { readFileBounded } from '@pratique/runtime/limit';
import {
  attestImage,
  claimOf,
  collectEvidence,
  makeEnvelopeLayer,
  makePredicate,
  predicateTypeNames,
  statementFor,
  type Attested,
  type SigningMaterial,
} from '@pratique/sigstore';
import { usageFault } from '../errors.ts';
import { aside } from '../print.ts';
import { attachmentLimitOf } from './attachment-limit.ts';
import { registryFlags, type RegistryFlags } from './flag-groups.ts';
import { refuseTogether } from './flags.ts';
import { isByTag, withRegistries, type Image } from './image.ts';
import { keyAdvice } from './key-advice.ts';
import { keylessFlags, serviceFlags, signingKeyFlags } from './sign-flags.ts';
import { creationTime, placeOf, tell, type PlaceFlags } from './sign-place.ts';
import { signingMaterial, type MaterialFlags } from './signing-material.ts';
import type { Surroundings } from './surroundings.ts';
import { buildVerb, type Asked } from './verb.ts';

/** Flags that say what is attested. */
export interface PredicateFlags {
  readonly predicate?: string;
  readonly type: string;
  readonly statement?: string;
}

/** Flags of `attest`. */
export interface AttestFlags extends RegistryFlags, MaterialFlags, PlaceFlags, PredicateFlags {
  readonly replace?: boolean;
  readonly upload?: boolean;
  readonly rekorEntryType: 'dsse' | 'intoto';
  readonly recursive?: boolean;
}

/** `pratique attest IMAGE` */
export function command(): Command {
  return buildVerb<AttestFlags>({
    name: 'attest <image...>',
    summary: 'sign a statement about images: provenance, an SBOM, a scan',
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: '--predicate <file>', help: 'what is stated; - reads it from the pipe' },
          { name: '--type <word-or-uri>', help: predicateTypeNames.join(', ') + ', or a URI', initial: 'custom' },
          { name: '--statement <file>', help: 'a whole in-toto statement instead of a predicate' },
          ...signingKeyFlags,
          { name: '--replace', help: 'drop older attestations of that type from the .att tag', initial: false },
          { name: '--no-upload', help: 'print the signed envelope instead of storing it' },
          {
            name: '--format <which>',
            help: 'legacy (.att tag), bundle, or both',
            choices: ['legacy', 'bundle', 'both'],
          },
          {
            name: '--rekor-entry-type <kind>',
            help: 'how the log keeps it',
            initial: 'dsse',
            choices: ['dsse', 'intoto'],
          },
          { name: '--no-verify-after', help: 'do not read back and check what was stored' },
          { name: '--record-creation-timestamp', help: 'write the time into the .att manifest', initial: false },
          {
            name: '--attachment-tag-prefix <text>',
            help: 'text before sha256-….att',
            deprecated: 'it applies to .att tags only; bundles have no tag.',
          },
          {
            name: '--new-bundle-format',
            help: '=true writes bundles only, =false .att only; use --format',
            hidden: true,
          },
          { name: '-r, --recursive', help: 'accepted and without effect, as in cosign', hidden: true },
        ],
      },
      serviceFlags,
      keylessFlags,
      registryFlags,
    ],
    more: `
Examples:
  $ pratique attest --key cosign.key --type cyclonedx --predicate sbom.json registry.example.com/team/app@sha256:…
  $ pratique attest --key cosign.key --type vuln --predicate scan.json registry.example.com/team/app@sha256:…

An image with attestations alone counts as unsigned: sign it as well.

Exit codes: 0 attested; 1 wrong command line, key, password or predicate, or only one format could be stored;
11 no such image; 21 login refused; 22 registry unreachable; 23 registry cannot store; 70 a defect.`,
    run: runAttest,
  });
}

/** Attests each image in order. Returns the exit code. */
export async function runAttest(asked: Asked<AttestFlags>, surroundings: Surroundings): Promise<number> {
  const { words, flags, isGiven } = asked;
  const attested = await readAttested(flags, surroundings);
  return await withRegistries({ flags, asked: words, surroundings }, async (registries) => {
    const images: Image[] = [];
    for (const word of words) images.push(await registries.image(word));
    const material = await signingMaterial({
      flags,
      isGiven,
      surroundings,
      preflight: async () => {
        if (flags.upload === false) return;
        for (const { attachmentStore } of images) await attachmentStore.checkPush({ signal: surroundings.signal });
      },
    });
    for (const line of keyAdvice(material.signer.publicKey)) surroundings.say(aside.warning(line));
    let worst = 0;
    for (const image of images) worst ||= await attestOne(image, { asked, surroundings, material, attested });
    return worst;
  });
}

async function attestOne(
  image: Image,
  run: {
    readonly asked: Asked<AttestFlags>;
    readonly surroundings: Surroundings;
    readonly material: SigningMaterial;
    readonly attested: Attested;
  },
): Promise<number> {
  const { asked, surroundings, material, attested } = run;
  const { flags } = asked;
  if (isByTag(image.asked)) {
    surroundings.say(aside.warning(`Warning: ${image.asked} is a tag. Attesting what it names now: ${image.digest}`));
  }
  if (flags.upload === false) {
    const { bytes, predicateType } = statementFor({ attested, reference: image.reference }, image.digest);
    const { content } = await makeEnvelopeLayer(material, bytes, { predicateType, entryKind: flags.rekorEntryType });
    surroundings.out(`${Buffer.from(content).toString('utf8')}\n`);
    return 0;
  }
  const result = await attestImage({
    ...placeOf(image, { asked, surroundings }),
    target: image.digest,
    material,
    attested,
    replace: flags.replace === true,
    entryKind: flags.rekorEntryType,
  });
  const code = tell(image, result, { surroundings, what: 'Attested', tag: '.att' });
  await warnIfHidden(image, run);
  return code;
}

/** cosign 3 ignores a `.sig` tag as soon as there is any bundle, so an attestation can make a signed image look unsigned. */
async function warnIfHidden(
  image: Image,
  { asked: { flags }, surroundings }: { readonly asked: Asked<AttestFlags>; readonly surroundings: Surroundings },
): Promise<void> {
  const { signal, say } = surroundings;
  const prefix = flags.attachmentTagPrefix === undefined ? {} : { tagPrefix: flags.attachmentTagPrefix };
  const { candidates } = await collectEvidence({
    store: image.attachmentStore,
    digest: image.digest,
    sources: ['signature-tag', 'referrers'],
    signal,
    ...prefix,
  });
  const bundles = candidates.filter(({ format }) => format === 'bundle');
  const isSigned = candidates.some(({ format }) => format === 'legacy');
  if (!isSigned || bundles.length === 0 || bundles.some((one) => claimOf(one).kind === 'signature')) return;
  say(
    aside.warning(
      'Warning: the image is signed in the .sig format only. cosign 3 looks at bundles alone once there is one, and now finds no ' +
        'signature. Sign it again with pratique sign, which writes both.',
    ),
  );
}

/** What the flags say is attested. */
export async function readAttested(flags: PredicateFlags, surroundings: Surroundings): Promise<Attested> {
  refuseTogether(flags, ['predicate', 'statement'], 'A statement holds its predicate already.');
  const limit = attachmentLimitOf(surroundings);
  if (flags.statement !== undefined) {
    return {
      kind: 'statement',
      bytes: await readFileBounded(flags.statement, { bytes: limit, what: 'the statement' }),
    };
  }
  if (flags.predicate === undefined) {
    throw usageFault('Nothing says what is attested.', 'Add --predicate FILE with --type, or --statement FILE.');
  }
  const file =
    flags.predicate === '-'
      ? await surroundings.input.rest(limit)
      : await readFileBounded(flags.predicate, { bytes: limit, what: 'the predicate' });
  return { kind: 'predicate', ...makePredicate({ type: flags.type, file, now: creationTime(surroundings) }) };
}
