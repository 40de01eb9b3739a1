/** How many signatures one process makes and verifies, against the bare cryptography of the same keys and bytes. */
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { judge, makeEnvelopeBundle, makeLayer, noTrust, publicKeyOf, signerFor } from '@pratique/sigstore';
import { preAuthenticationEncoding, writePayload, writeSignStatement } from '@pratique/sigstore';
import type { Candidate, Question, SigningMaterial } from '@pratique/sigstore';

/** Rounds in turn, so that a noisy moment meets both sides; medians are compared. */
const rounds = 7;
const repository = 'registry.example.com/team/app';

/** Milliseconds for all signatures of a round, medians. */
export interface ThroughputFigure {
  readonly format: 'legacy' | 'bundle';
  readonly signatures: number;
  readonly ours: { readonly sign: number; readonly verify: number };
  readonly bare: { readonly sign: number; readonly verify: number };
}

interface Work {
  readonly digests: readonly string[];
  readonly key: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly material: SigningMaterial;
}

/** Measures both formats with a P-256 key. */
export async function measureThroughput(signatures: number): Promise<readonly ThroughputFigure[]> {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const digests = Array.from({ length: signatures }, (_, no) => `sha256:${hexDigest(`image ${no}`)}`);
  const work: Work = { digests, key, material: { signer: signerFor(key.privateKey) } };
  return [await measureFormat('legacy', work), await measureFormat('bundle', work)];
}

async function measureFormat(format: 'legacy' | 'bundle', work: Work): Promise<ThroughputFigure> {
  const times = {
    oursSign: [] as number[],
    oursVerify: [] as number[],
    bareSign: [] as number[],
    bareVerify: [] as number[],
  };
  const messages = work.digests.map((digest) => signedBytes(format, digest));
  for (let round = 0; round < rounds; round += 1) {
    const candidates: Candidate[] = [];
    times.oursSign.push(
      await timed(async () => {
        for (const digest of work.digests) candidates.push(await make(format, work, digest));
      }),
    );
    let signatures: Buffer[] = [];
    times.bareSign.push(
      await timed(() => void (signatures = messages.map((bytes) => sign('sha256', bytes, work.key.privateKey)))),
    );
    times.oursVerify.push(await timed(() => judgeAll(candidates, work)));
    times.bareVerify.push(
      await timed(() =>
        messages.forEach((bytes, no) => mustHold(verify('sha256', bytes, work.key.publicKey, signatures[no]!))),
      ),
    );
  }
  return {
    format,
    signatures: work.digests.length,
    ours: { sign: median(times.oursSign), verify: median(times.oursVerify) },
    bare: { sign: median(times.bareSign), verify: median(times.bareVerify) },
  };
}

/** The bytes a signature of the format covers. */
function signedBytes(format: 'legacy' | 'bundle', digest: string): Uint8Array {
  if (format === 'legacy') return writePayload({ identity: repository, digest });
  return preAuthenticationEncoding('application/vnd.in-toto+json', writeSignStatement(digest, {}));
}

async function make(format: 'legacy' | 'bundle', { material }: Work, digest: string): Promise<Candidate> {
  if (format === 'bundle') {
    const bytes = await makeEnvelopeBundle(material, writeSignStatement(digest, {}));
    return { format, location: 'bench', digest, annotations: {}, bundle: { state: 'read', bytes } };
  }
  const { content, annotations } = await makeLayer(material, writePayload({ identity: repository, digest }));
  const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json';
  const payload = { state: 'read', bytes: content } as const;
  return {
    format,
    kind: 'signature',
    location: 'bench',
    digest: `sha256:${hexDigest(content)}`,
    mediaType,
    annotations,
    payload,
  };
}

function judgeAll(candidates: readonly Candidate[], { digests, key }: Work): void {
  const signer = { kind: 'key', key: { key: publicKeyOf(key.publicKey) } } as const;
  const shared = { policy: { signer, log: 'ignored' }, trust: noTrust, now: new Date() } satisfies Partial<Question>;
  candidates.forEach((candidate, no) => {
    const digest = digests[no]!;
    const evidence = { digest, sources: [], candidates: [candidate] };
    mustHold(judge({ ...shared, evidence, digest }).outcome === 'verified');
  });
}

function mustHold(holds: boolean): void {
  if (!holds) throw new Error('a signature that was just made does not verify');
}

function hexDigest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function timed(work: () => void | Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}
