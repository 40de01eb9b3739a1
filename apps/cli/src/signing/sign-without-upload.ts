/** Signatures that go to a file or to standard output: instead of the registry, or besides it. */
import { repositoryName } from '@pratique/oci';
import {
  collectEvidence,
  makeEnvelopeBundle,
  makeLayer,
  writePayload,
  writeSignStatement,
  type SignResult,
} from '@pratique/sigstore';
import { writeFiles, type FileWrite } from './files.ts';
import type { Image } from './image.ts';
import type { Run } from './sign.ts';

const signatureAnnotation = 'dev.cosignproject.cosign/signature';
const certificateAnnotation = 'dev.sigstore.cosign/certificate';

/** The two documents of one image, as far as they were made. */
interface Copies {
  readonly payload?: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly bundle?: Uint8Array;
}

/** `--upload=false`: the base64 signature of the .sig format, or the bundle with `--format bundle`. */
export async function printSignature(image: Image, run: Run): Promise<void> {
  const { flags } = run.asked;
  const { material, annotations, surroundings } = run;
  const identity = flags.signContainerIdentity[0] ?? repositoryName(image.reference);
  if (flags.format === 'bundle') {
    const bundle = await makeEnvelopeBundle(material, writeSignStatement(image.digest, annotations));
    await write({ bundle }, run);
    return surroundings.out(`${Buffer.from(bundle).toString('utf8')}\n`);
  }
  const payload = writePayload({ identity, digest: image.digest, annotations });
  const layer = await makeLayer(material, payload);
  await write({ payload, annotations: layer.annotations }, run);
  surroundings.out(`${layer.annotations[signatureAnnotation] ?? ''}\n`);
}

/** `--output-signature` and its siblings: what was stored, read back. */
export async function writeSignatureCopies(image: Image, result: SignResult, run: Run): Promise<void> {
  const { signal } = run.surroundings;
  const { digest, results } = result;
  const prefix = run.asked.flags.attachmentTagPrefix;
  const evidence = await collectEvidence({
    store: image.attachmentStore,
    digest,
    sources: ['signature-tag', 'referrers'],
    signal,
    ...(prefix === undefined ? {} : { tagPrefix: prefix }),
  });
  const legacy = results.find((one) => one.format === 'legacy' && one.state === 'stored');
  const bundle = results.find((one) => one.format === 'bundle' && one.state === 'stored');
  let copies: Copies = {};
  for (const candidate of evidence.candidates) {
    if (
      candidate.format === 'bundle' &&
      bundle?.state === 'stored' &&
      'digest' in bundle &&
      candidate.digest === bundle.digest
    ) {
      if (candidate.bundle.state === 'read') copies = { ...copies, bundle: candidate.bundle.bytes };
    }
    if (
      candidate.format === 'legacy' &&
      legacy?.state === 'stored' &&
      'contentDigest' in legacy &&
      candidate.digest === legacy.contentDigest
    ) {
      if (candidate.payload.state === 'read')
        copies = { ...copies, payload: candidate.payload.bytes, annotations: candidate.annotations };
    }
  }
  await write(copies, run);
}

async function write({ payload, annotations, bundle }: Copies, { asked: { flags } }: Run): Promise<void> {
  const files: readonly (readonly [string | undefined, string | Uint8Array | undefined])[] = [
    [flags.outputPayload, payload],
    [flags.outputSignature, annotations?.[signatureAnnotation]],
    [flags.outputCertificate, annotations?.[certificateAnnotation]],
    [flags.bundle, bundle],
  ];
  const writes = files.flatMap(([path, content]): FileWrite[] =>
    path === undefined || content === undefined ? [] : [{ path, content, mode: 0o644, replace: true }],
  );
  await writeFiles(writes);
}
