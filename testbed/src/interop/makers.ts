/** Who signs, who verifies, and who is expected to accept whose signatures. */
import { skopeoPolicy } from './tools.ts';
import type { Workshop } from './tools.ts';

/** What is signed: an image under a tag, with one of the key pairs of the workshop. */
export interface Signing {
  readonly workshop: Workshop;
  readonly reference: string;
  /** Path without ending: `<key>.key`, `<key>.pub`. */
  readonly key: string;
}

/** Somebody who signs. */
export interface Maker {
  readonly name: string;
  /** Whose key pair it signs with: the other side's, so that reading keys is tried as well. */
  readonly key: 'pratique' | 'cosign-2' | 'cosign-3';
  /** Verifiers that are expected to accept. */
  readonly acceptedBy: readonly VerifierName[];
  sign(signing: Signing): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** Somebody who verifies; the answer is whether it accepted. */
export interface Verifier {
  readonly name: VerifierName;
  accepts(signing: Signing): Promise<{ readonly accepted: boolean; readonly said: string }>;
}

export type VerifierName = 'pratique' | 'cosign 2' | 'cosign 3' | 'skopeo';

const everybody: readonly VerifierName[] = ['pratique', 'cosign 2', 'cosign 3', 'skopeo'];
/** cosign 2 and skopeo look at the tag only. */
const bundleReaders: readonly VerifierName[] = ['pratique', 'cosign 3'];
const withoutLog = ['-y', '--tlog-upload=false'];
const cosign3 = [...withoutLog, '--use-signing-config=false'];

export const makers: readonly Maker[] = [
  {
    name: 'pratique',
    key: 'cosign-2',
    acceptedBy: everybody,
    sign: ({ workshop, reference, key }) =>
      workshop.run('pratique', 'sign', ...withoutLog, '--key', `${key}.key`, reference),
  },
  {
    name: 'pratique --format legacy',
    key: 'cosign-3',
    acceptedBy: everybody,
    sign: ({ workshop, reference, key }) =>
      workshop.run('pratique', 'sign', ...withoutLog, '--format', 'legacy', '--key', `${key}.key`, reference),
  },
  {
    name: 'pratique --format bundle',
    key: 'pratique',
    acceptedBy: bundleReaders,
    sign: ({ workshop, reference, key }) =>
      workshop.run('pratique', 'sign', ...withoutLog, '--format', 'bundle', '--key', `${key}.key`, reference),
  },
  {
    name: 'cosign 2',
    key: 'pratique',
    acceptedBy: everybody,
    sign: ({ workshop, reference, key }) =>
      workshop.run('cosign-2', 'sign', ...withoutLog, '--key', `${key}.key`, reference),
  },
  {
    name: 'cosign 3',
    key: 'pratique',
    acceptedBy: bundleReaders,
    sign: ({ workshop, reference, key }) =>
      workshop.run('cosign-3', 'sign', ...cosign3, '--key', `${key}.key`, reference),
  },
  {
    name: 'cosign 3, old format',
    key: 'cosign-2',
    acceptedBy: everybody,
    sign: ({ workshop, reference, key }) =>
      workshop.run('cosign-3', 'sign', ...cosign3, '--new-bundle-format=false', '--key', `${key}.key`, reference),
  },
  {
    name: 'skopeo',
    key: 'pratique',
    acceptedBy: everybody,
    async sign({ workshop, reference, key }) {
      const image = `docker://${reference}`;
      const trust = ['--insecure-policy', '--registries.d', 'registries.d'];
      const how = ['--src-tls-verify=false', '--dest-tls-verify=false', '--preserve-digests'];
      const by = ['--sign-by-sigstore-private-key', `${key}.key`, '--sign-passphrase-file', 'passphrase'];
      return workshop.run('skopeo', ...trust, 'copy', ...how, ...by, image, image);
    },
  },
];

export const verifiers: readonly Verifier[] = [
  {
    name: 'pratique',
    accepts: ({ workshop, reference, key }) => judged(workshop.run('pratique', ...verify(key), reference)),
  },
  {
    name: 'cosign 2',
    accepts: ({ workshop, reference, key }) => judged(workshop.run('cosign-2', ...verify(key), reference)),
  },
  {
    name: 'cosign 3',
    accepts: ({ workshop, reference, key }) => judged(workshop.run('cosign-3', ...verify(key), reference)),
  },
  {
    name: 'skopeo',
    async accepts({ workshop, reference, key }) {
      const policy = await workshop.file(`policy-of-${key}.json`, skopeoPolicy(await workshop.file(`${key}.pub`)));
      const copy = ['copy', '--src-tls-verify=false', `docker://${reference}`, 'dir:copied'];
      return judged(workshop.run('skopeo', '--policy', policy, '--registries.d', 'registries.d', ...copy));
    },
  },
];

function verify(key: string): readonly string[] {
  return ['verify', '--insecure-ignore-tlog', '--key', `${key}.pub`];
}

async function judged(answer: Promise<{ readonly code: number; readonly stderr: string }>) {
  const { code, stderr } = await answer;
  return { accepted: code === 0, said: stderr };
}
