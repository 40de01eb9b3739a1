/** What a signature is for: the payload of the Notary Project (signature specification, "Payload"). */
import { parseStrictJson } from '@pratique/oci';
import type { Descriptor } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { Flaw } from './flaw.ts';

/** Content type of the payload. */
export const payloadType = 'application/vnd.cncf.notary.payload.v1+json';

const Payload = Type.Object({
  targetArtifact: Type.Object({
    mediaType: Type.String({ maxLength: 256 }),
    digest: Type.String({ maxLength: 256 }),
    size: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  }),
});

/** The descriptor that was signed. */
export type TargetArtifact = Static<typeof Payload>['targetArtifact'];

/** Reads the payload. @throws Flaw, and Fault of the JSON reader */
export function readTarget(contentType: string, payload: Uint8Array): TargetArtifact {
  if (contentType !== payloadType) throw new Flaw(`has a payload of type ${excerpt(contentType)}, not ${payloadType}`);
  const parsed = parseStrictJson(payload, 'the payload');
  if (!Value.Check(Payload, parsed)) throw new Flaw('has a payload that names no target artifact');
  return parsed.targetArtifact;
}

/** How what was signed differs from the image, in words, or undefined. */
export function differenceFrom(target: TargetArtifact, image: Descriptor): string | undefined {
  if (target.digest !== image.digest) return `the signature is for ${excerpt(target.digest)}, not for ${image.digest}`;
  if (target.size !== image.size) return `the signature is for ${target.size} bytes, the image has ${image.size}`;
  if (target.mediaType !== image.mediaType)
    return `the signature is for ${excerpt(target.mediaType, 120)}, the image is ${image.mediaType}`;
  return undefined;
}
