import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layerAnnotations } from '../simple-signing/layer.ts';
import { toBase64 } from '../json/base64.ts';
import { signWith } from '../keys/algorithms.ts';
import { parsePublicKey } from '../keys/public-key.ts';
import { noTrust } from '../trust/trust-material.ts';
import type { TrustedLog } from '../trust/trust-material.ts';
import { trustFromPem } from '../trust/pem-roots.ts';
import { vectors } from '../vectors-fixture.ts';
import { digestOf, fromHex, toHex } from './bytes.ts';
import { isSignedBy, parseCheckpoint } from './checkpoint.ts';
import { flipped, judged, layer, newKey, reasonOf } from './evidence-fixture.ts';
import { readEntry } from './legacy-material.ts';
import { bindBody } from './log-body.ts';
import { verifyLog } from './log.ts';
import { leafHash, rootOf } from './merkle.ts';
import type { LayerCandidate } from '../evidence.ts';
import type { Question } from './verify.ts';

const { rekor } = vectors;
const { logs } = trustFromPem({ logKeys: rekor.publicPem, logUrl: 'https://rekor.example.com' }, 'the vectors');
const log: TrustedLog = logs[0]!;
const proof = {
  index: rekor.merkle.index,
  treeSize: rekor.merkle.treeSize,
  hashes: rekor.merkle.proofHex.map((hash) => fromHex(hash)!),
};

describe('the log of the vectors', () => {
  const [first] = vectors.simpleSigning;
  const payload = Buffer.from(first!.payload);
  const signature = Buffer.from(first!.p256SignatureB64!, 'base64');
  const policy = { signer: { kind: 'key', key: { key: parsePublicKey(vectors.keys.p256.publicPem) } } } as const;
  const asked: Partial<Question> = { digest: vectors.imageDigest, trust: { ...noTrust, logs } };

  function withBundle(annotation: string): LayerCandidate {
    const plain = layer(payload, { signature });
    return { ...plain, annotations: { ...plain.annotations, [layerAnnotations.bundle]: annotation } };
  }

  it('is named by the hash of its key', () => {
    expect(toHex(log.logId)).toBe(rekor.logIdHex);
  });

  it('promised the entry of the first payload', () => {
    const verdict = judged(policy, [withBundle(rekor.legacyBundleAnnotation)], asked);
    expect(verdict.outcome).toBe('verified');
    expect(verdict.accepted[0]?.proof.logs).toEqual([
      {
        log: 'rekor.example.com',
        logId: rekor.logIdHex,
        logIndex: 2,
        by: ['promise'],
        time: new Date(1_767_323_045_000),
      },
    ]);
  });

  it.each([
    ['the promise', (text: string) => text.replace('"MEUCIEQ', '"MEUCIFQ')],
    ['the index', (text: string) => text.replace('"logIndex":2', '"logIndex":3')],
    ['the time', (text: string) => text.replace('1767323045', '1767323046')],
  ])('did not promise it with %s changed', (_name, change) => {
    const altered = change(rekor.legacyBundleAnnotation);
    expect(altered).not.toBe(rekor.legacyBundleAnnotation);
    expect(reasonOf(judged(policy, [withBundle(altered)], asked))).toBe('log-invalid');
  });

  it('is unknown under another id, and its entry useless for another signature', () => {
    const other = rekor.legacyBundleAnnotation.replace(rekor.logIdHex, 'ab'.repeat(32));
    expect(reasonOf(judged(policy, [withBundle(other)], asked))).toBe('log-unknown');
    const ed25519 = { signer: { kind: 'key', key: { key: parsePublicKey(vectors.keys.ed25519.publicPem) } } } as const;
    const plain = layer(payload, { signature: Buffer.from(first!.ed25519SignatureB64, 'base64') });
    const annotations = { ...plain.annotations, [layerAnnotations.bundle]: rekor.legacyBundleAnnotation };
    expect(reasonOf(judged(ed25519, [{ ...plain, annotations }], asked))).toBe('log-body-mismatch');
  });

  it('counts only in its time', () => {
    const retired = { ...log, validFor: { end: new Date('2020-01-01') } };
    const trust = { ...noTrust, logs: [retired] };
    expect(reasonOf(judged(policy, [withBundle(rekor.legacyBundleAnnotation)], { ...asked, trust }))).toBe(
      'log-invalid',
    );
  });

  it('does not make a broken annotation an error', () => {
    for (const text of ['{}', 'x', '[]', '{"SignedEntryTimestamp":"!","Payload":{}}', '{"Payload":null}']) {
      expect(reasonOf(judged(policy, [withBundle(text)], asked))).toBe('unsupported-format');
    }
  });

  it('is not asked twice for one entry', () => {
    const entry = readEntry(rekor.legacyBundleAnnotation);
    if (entry === undefined || entry === 'broken') throw new Error('fixture');
    const logged = {
      signature,
      verifier: new Uint8Array(),
      content: { kind: 'message', digest: () => undefined },
    } as const;
    const twice = verifyLog({ entries: [entry, entry], logged, logs, proofRequired: false });
    expect(twice).toMatchObject({
      rejection: { reason: 'log-invalid', detail: expect.stringContaining('twice') as string },
    });
    expect(verifyLog({ entries: Array(33).fill(entry), logged, logs, proofRequired: false }).ok).toBe(false);
  });
});

describe('a way through the tree', () => {
  const leaf = leafHash(Buffer.from(rekor.entryBody));

  it('leads to the root of the vectors', () => {
    expect(toHex(leaf)).toBe(rekor.merkle.leafHashHex);
    expect(toHex(rootOf(leaf, proof)!)).toBe(rekor.merkle.rootHashHex);
  });

  it('leads elsewhere or nowhere after any change', () => {
    fc.assert(
      fc.property(fc.nat(3 * 256 - 1), fc.nat(20), fc.nat(40), (bit, index, treeSize) => {
        const at = Math.floor(bit / 256);
        const hashes = proof.hashes.map((hash, position) => (position === at ? flipped(hash, bit % 256) : hash));
        expect(toHex(rootOf(leaf, { ...proof, hashes }) ?? leaf)).not.toBe(rekor.merkle.rootHashHex);
        // Position and size are compared with the checkpoint; here another position may at most lead to another root.
        if (index !== proof.index && index < 5) {
          expect(toHex(rootOf(leaf, { ...proof, index }) ?? leaf)).not.toBe(rekor.merkle.rootHashHex);
        }
        rootOf(leaf, { ...proof, index, treeSize });
      }),
    );
  });

  it('agrees with the definition for every leaf of small trees', () => {
    for (let size = 1; size <= 33; size += 1) {
      const leaves = Array.from({ length: size }, (_unused, index) => leafHash(Buffer.from(`entry-${index}`)));
      for (let index = 0; index < size; index += 1) {
        const hashes = pathTo(leaves, index);
        expect(toHex(rootOf(leaves[index]!, { index, treeSize: size, hashes })!)).toBe(toHex(treeHash(leaves)));
        expect(rootOf(leaves[index]!, { index, treeSize: size, hashes: [...hashes, leaf] })).toBeUndefined();
      }
    }
  });

  it('does not exist for impossible positions', () => {
    for (const index of [-1, 5, 1.5, Number.NaN, Number.MAX_VALUE]) {
      expect(rootOf(leaf, { ...proof, index })).toBeUndefined();
    }
    expect(rootOf(leaf, { ...proof, hashes: [Buffer.alloc(31)] })).toBeUndefined();
  });
});

describe('a checkpoint', () => {
  it('is read and was signed by the log', () => {
    const checkpoint = parseCheckpoint(rekor.checkpoint)!;
    expect(checkpoint).toMatchObject({ treeSize: 5, origin: 'rekor.example.com - 1234567890' });
    expect(checkpoint.signedText).toBe(rekor.checkpointSignedText);
    expect(toHex(checkpoint.rootHash)).toBe(rekor.merkle.rootHashHex);
    expect(isSignedBy(checkpoint, log)).toBe(true);
  });

  it('is not signed by the log after any change of one bit', () => {
    const bytes = Buffer.from(rekor.checkpoint);
    fc.assert(
      fc.property(fc.nat(8 * bytes.length - 1), (bit) => {
        const altered = parseCheckpoint(Buffer.from(flipped(bytes, bit)).toString('utf8'));
        // The last character of base64 holds bits that are thrown away; the signature is then the same bytes.
        const same = parseCheckpoint(rekor.checkpoint)!;
        if (altered !== undefined && isSignedBy(altered, log)) {
          expect(altered.signatures).toEqual(same.signatures);
          expect(altered.signedText).toBe(same.signedText);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('may have the signatures of witnesses beside the log’s', () => {
    const witness = `\u2014 witness.example.com ${Buffer.alloc(70, 7).toString('base64')}\n`;
    expect(isSignedBy(parseCheckpoint(`${rekor.checkpoint}${witness}`)!, log)).toBe(true);
    const [text] = rekor.checkpoint.split('\n\n');
    expect(isSignedBy(parseCheckpoint(`${text}\n\n${witness}`)!, log)).toBe(false);
  });

  it('of a second-generation log must have the name of its address', () => {
    const own = parseCheckpoint(rekor.checkpoint.replace(' - 1234567890', ''))!;
    expect(isSignedBy(own, { ...log, baseUrl: 'https://other.example.com' })).toBe(false);
  });

  it('is nothing where the text is anything else', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(() => parseCheckpoint(text)).not.toThrow();
      }),
    );
    for (const text of [
      '',
      '\n\n',
      'a\n1\n\n\n',
      rekor.checkpoint.trimEnd(),
      rekor.checkpoint.replace('\n5\n', '\n05\n'),
    ]) {
      expect(parseCheckpoint(text)).toBeUndefined();
    }
  });
});

describe('a proof', () => {
  const own = newKey();
  const ownLog: TrustedLog = {
    ...log,
    baseUrl: 'https://own.example.com',
    logId: digestOf('sha256', own.publicKey.spki),
    key: own.publicKey,
  };
  const body = Buffer.from(rekor.entryBody);
  const leaves = [body, ...['a', 'b', 'c'].map((text) => Buffer.from(text))].map(leafHash);

  function provenBy(
    size: number,
    claimed: number,
    { known = ownLog, vouched = [] as readonly Date[] } = {},
  ): ReturnType<typeof verifyLog> {
    const rootHash = treeHash(leaves.slice(0, size));
    const text = `own.example.com - 7\n${size}\n${toBase64(rootHash)}\n`;
    const signed = signWith(own.privateKey, { kind: 'ecdsa', digest: 'sha256' }, Buffer.from(text));
    const line = toBase64(Buffer.concat([ownLog.logId.subarray(0, 4), signed]));
    const inclusionProof = {
      logIndex: 0,
      treeSize: claimed,
      rootHash,
      hashes: pathTo(leaves.slice(0, size), 0),
      checkpoint: `${text}\n\u2014 own.example.com ${line}\n`,
    };
    const [first] = vectors.simpleSigning;
    return verifyLog({
      entries: [
        {
          logIndex: 9,
          logId: ownLog.logId,
          kind: 'hashedrekord',
          version: '0.0.1',
          inclusionProof,
          canonicalizedBody: body,
        },
      ],
      logged: {
        signature: Buffer.from(first!.p256SignatureB64!, 'base64'),
        verifier: parsePublicKey(vectors.keys.p256.publicPem).spki,
        content: { kind: 'message', digest: (name) => digestOf(name, Buffer.from(first!.payload)) },
      },
      logs: [known],
      proofRequired: true,
      vouched,
    });
  }

  it('by a log that counts no more is believed only for a time when it counted', () => {
    const retired = { ...ownLog, validFor: { start: new Date('2024-01-01'), end: new Date('2025-01-01') } };
    const inTime = [new Date('2024-06-01')];
    const late = [new Date('2025-06-01')];
    expect(provenBy(4, 4, { known: retired, vouched: inTime })).toMatchObject({ ok: true });
    expect(provenBy(4, 4, { known: retired, vouched: [...late, ...inTime] })).toMatchObject({ ok: true });
    expect(provenBy(4, 4, { known: retired, vouched: late })).toMatchObject({ rejection: { reason: 'log-invalid' } });
  });

  it('holds for the size that the checkpoint signs, and says no time', () => {
    expect(provenBy(4, 4)).toMatchObject({ ok: true, value: [{ by: ['proof'], logIndex: 9 }] });
    expect(provenBy(4, 4)).not.toMatchObject({ value: [{ time: expect.anything() as unknown }] });
  });

  it('does not hold for another size, even one with the same way to the root', () => {
    expect(provenBy(4, 3)).toMatchObject({ rejection: { reason: 'log-invalid' } });
  });
});

describe('the body of an entry', () => {
  const logged = {
    signature: Buffer.from('signature'),
    verifier: Buffer.from('verifier'),
    content: { kind: 'message', digest: () => Buffer.alloc(32) },
  } as const;

  it('never is an error, whatever it holds', () => {
    const kind = fc.constantFrom('hashedrekord', 'rekord', 'dsse', 'intoto', 'other');
    const apiVersion = fc.constantFrom('0.0.1', '0.0.2', '');
    fc.assert(
      fc.property(fc.record({ kind, apiVersion, spec: fc.jsonValue({ maxDepth: 5 }) }), (body) => {
        expect(bindBody({ body: Buffer.from(JSON.stringify(body)) }, logged).fits).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (body) => {
        expect(bindBody({ body }, logged).fits).toBe(false);
      }),
    );
  });

  it('must be of the kind that stands beside it', () => {
    const body = Buffer.from(rekor.entryBody);
    expect(bindBody({ body, kind: 'dsse', version: '0.0.1' }, logged)).toMatchObject({
      fits: false,
      detail: expect.stringContaining('another kind') as string,
    });
  });
});

/** RFC 6962 section 2.1, written as it is defined. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  const split = largestPowerBelow(leaves.length);
  const [left, right] = [treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split))];
  return rootOf(left, { index: 0, treeSize: 2, hashes: [right] })!;
}

function pathTo(leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  if (leaves.length === 1) return [];
  const split = largestPowerBelow(leaves.length);
  return index < split
    ? [...pathTo(leaves.slice(0, split), index), treeHash(leaves.slice(split))]
    : [...pathTo(leaves.slice(split), index - split), treeHash(leaves.slice(0, split))];
}

function largestPowerBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}
