/** Where the tag format keeps things: a tag beside the image whose name is the image's digest. */
import { fallbackTag, isTag } from '@pratique/oci';
import { excerpt } from '@pratique/runtime/fault';
import { sigstoreFault } from '../errors.ts';

/** What is kept under a tag of its own. */
export type AttachmentKind = 'signature' | 'attestation' | 'sbom';

/** Ending of the tag of each kind. */
export const attachmentEndings = { signature: '.sig', attestation: '.att', sbom: '.sbom' } as const;

/**
 * The tag for a digest: `<prefix>sha256-<hex>.sig`. The prefix is put in front as it is, without a separator.
 *
 * @throws Fault `signature-option-invalid` when the prefix makes it no tag; `digest-invalid` of the oci package
 */
export function attachmentTag(digest: string, kind: AttachmentKind, prefix = ''): string {
  const tag = `${prefix}${fallbackTag(digest)}${attachmentEndings[kind]}`;
  if (isTag(tag)) return tag;
  throw sigstoreFault({
    code: 'signature-option-invalid',
    message: `The attachment tag prefix ${excerpt(prefix)} makes ${excerpt(tag, 160)}, which is no tag.`,
    hint: 'Use at most 52 letters, digits, dots, dashes and underscores, with no dot or dash at the start.',
    values: { prefix: excerpt(prefix) },
  });
}
