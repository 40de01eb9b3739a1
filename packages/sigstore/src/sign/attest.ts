/** Attesting something about an image, in the formats of both generations. */
import { repositoryName } from '@pratique/oci';
import type { Descriptor } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import { parseStatement, signPredicateType, subjectOf, writeAttestation } from '../bundle/statement.ts';
import { sigstoreFault } from '../errors.ts';
import type { GoJson } from '../json/go-json.ts';
import { envelopeMediaType, layerAnnotations } from '../simple-signing/layer.ts';
import { makeEnvelopeBundle, makeEnvelopeLayer } from './make-signature.ts';
import { resolveSubject, storeBundle, storeFormats, storeLayer } from './sign-image.ts';
import type { AttachmentPlace, SignResult } from './sign-image.ts';
import type { SigningMaterial } from './signing-material.ts';

/** What is attested: a predicate, or a whole statement that names the image. */
export type Attested =
  | { readonly kind: 'predicate'; readonly uri: string; readonly value: GoJson }
  | { readonly kind: 'statement'; readonly bytes: Uint8Array };

/** One attestation of one image. */
export interface AttestRequest extends AttachmentPlace {
  readonly material: SigningMaterial;
  readonly attested: Attested;
  /** Drop attestations of the same predicate type from the tag format. */
  readonly replace?: boolean;
  /** @default 'dsse' */
  readonly entryKind?: 'dsse' | 'intoto';
}

/** A statement and the type of its predicate. */
export interface StatementToSign {
  readonly bytes: Uint8Array;
  readonly predicateType: string;
}

/**
 * Attests.
 *
 * @throws as `signImage`, and Fault `statement-invalid` where a given statement does not name the image
 *
 * @example
 * const predicate = makePredicate({ type: 'vuln', file, now });
 * await attestImage({ ...place, material, attested: { kind: 'predicate', ...predicate } });
 */
export async function attestImage(request: AttestRequest): Promise<SignResult> {
  const { material, entryKind = 'dsse' } = request;
  const subject = await resolveSubject(request, material);
  const { bytes, predicateType } = statementFor(request, subject.digest);
  return storeFormats(request, subject, {
    async *legacy() {
      const made = await makeEnvelopeLayer(material, bytes, { predicateType, entryKind });
      const replaces = request.replace === true ? sameType(predicateType) : undefined;
      const layer = { subject, material, kind: 'attestation', mediaType: envelopeMediaType, ...made } as const;
      yield await storeLayer(request, replaces === undefined ? layer : { ...layer, replaces });
    },
    async *bundle() {
      const bundle = await makeEnvelopeBundle(material, bytes, entryKind);
      yield await storeBundle(request, { subject, bundle, predicateType, material });
    },
  });
}

/**
 * The statement to be signed about a digest; also for printing instead of storing.
 *
 * @throws Fault `statement-invalid`
 */
export function statementFor(
  { attested, reference }: Pick<AttestRequest, 'attested' | 'reference'>,
  digest: string,
): StatementToSign {
  if (attested.kind === 'predicate') {
    const { uri: predicateType, value: predicate } = attested;
    return {
      bytes: writeAttestation({ name: repositoryName(reference), digest, predicateType, predicate }),
      predicateType,
    };
  }
  const statement = parseStatement(attested.bytes);
  if (subjectOf(statement, digest) === undefined) {
    throw refused(
      `no subject of the statement has the digest of the image, ${digest}`,
      'Attest the image that the statement is about, or let its builder write the statement for this digest.',
    );
  }
  if (statement.predicateType === signPredicateType) {
    throw refused(
      `its predicate type ${excerpt(signPredicateType)} says that the image is signed, which an attestation must not`,
      'Use `sign` to sign the image.',
    );
  }
  return { bytes: attested.bytes, predicateType: statement.predicateType };
}

function sameType(predicateType: string): (layer: Descriptor) => boolean {
  return ({ annotations }) => annotations?.[layerAnnotations.predicateType] === predicateType;
}

function refused(why: string, hint: string): Error {
  return sigstoreFault({ code: 'statement-invalid', message: `The statement is not signed: ${why}.`, hint });
}
