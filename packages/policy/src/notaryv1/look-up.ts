/** What the believed documents say of an image (NV1-8, NV1-9). */
import type { CanonicalImage } from '../image/canonical-image.ts';
import type { Speaker } from './delegations.ts';
import { TrustFlaw } from './flaw.ts';
import { entryNamed } from './trust-data.ts';
import type { FileEntry } from './trust-data.ts';

/** The one digest all speakers agree on. @throws TrustFlaw */
export function lookUp(image: CanonicalImage, speakers: readonly Speaker[], validator: string): string {
  const digests = new Set(speakers.map((speaker) => digestBy(speaker, image)));
  const [digest] = digests;
  if (digests.size === 1 && digest !== undefined) return digest;
  throw new TrustFlaw(
    'wrong_digest',
    `validator ${validator} found ${digests.size} digests for image ${image.name}, expected 1 (${[...digests].join(', ')})`,
    'Have all delegations sign the same image.',
  );
}

function digestBy({ document, paths }: Speaker, { tag, digest }: CanonicalImage): string {
  const targets = document.body.targets ?? {};
  const mayName = (name: string): boolean => paths.some((path) => name.startsWith(path));
  if (tag === undefined) {
    const isSigned = Object.entries(targets).some(([name, entry]) => mayName(name) && digestOf(entry) === digest);
    if (digest !== undefined && isSigned) return digest;
    throw missing(`no digest '${digest ?? ''}' found in targets`, document.name);
  }
  const entry = mayName(tag) ? entryNamed(targets, tag) : undefined;
  const signed = entry === undefined ? undefined : digestOf(entry);
  if (signed === undefined) throw missing(`no tag '${tag}' found in targets`, document.name);
  if (digest === undefined || digest === signed) return signed;
  throw new TrustFlaw(
    'wrong_digest',
    `digest ${signed} resolved for tag ${tag} doesn't match given digest ${digest}`,
    'Correct the digest in the workload, or sign the image it names under this tag.',
  );
}

/** `sha256:…`, or undefined where the entry has no whole SHA-256. */
function digestOf({ hashes }: FileEntry): string | undefined {
  const bytes = Buffer.from(entryNamed(hashes, 'sha256') ?? '', 'base64');
  return bytes.length === 32 ? `sha256:${bytes.toString('hex')}` : undefined;
}

function missing(problem: string, role: string): TrustFlaw {
  const where = role === 'targets' ? '' : ` (of ${role})`;
  return new TrustFlaw('no_signature', `validated targets don't contain reference: ${problem}${where}`);
}
