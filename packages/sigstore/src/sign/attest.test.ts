import { createHash, generateKeyPairSync } from 'node:crypto';
import { createMemoryStore } from '@pratique/oci';
import type { ContentStore } from '@pratique/oci';
import { describe, expect, it } from 'vitest';
import { newSigner, noWaiting, putImage } from '../attachment/attachment-fixture.ts';
import { collectEvidence } from '../attachment/collect.ts';
import { parseBlobBundle } from '../bundle/blob-bundle.ts';
import { parseBundle } from '../bundle/bundle-parse.ts';
import { parseEnvelope, preAuthenticationEncoding } from '../bundle/dsse.ts';
import { parseStatement, subjectOf, writeSignStatement } from '../bundle/statement.ts';
import { checkSignature } from '../keys/algorithms.ts';
import { signerFor } from '../keys/private-key.ts';
import { attestImage } from './attest.ts';
import type { AttestRequest } from './attest.ts';
import type { LogProposal, TransparencyLog } from './services.ts';
import { attestBlob, signBlob, signBlobLegacy } from './sign-blob.ts';
import { signImage } from './sign-image.ts';

const reference = { registry: 'registry.example.com', repository: 'team/app' };
const now = new Date('2026-01-02T03:04:05Z');
const predicate = { kind: 'predicate', uri: 'https://example.com/check/v1', value: { ok: true } } as const;

function attest(store: ContentStore, changes: Partial<AttestRequest> = {}) {
  const material = { signer: newSigner() };
  return attestImage({
    store,
    target: '1.0',
    reference,
    now,
    material,
    attested: predicate,
    ...noWaiting(),
    ...changes,
  });
}

async function attestationsOf(store: ContentStore, digest: string) {
  const { candidates } = await collectEvidence({ store, digest, sources: ['attestation-tag', 'referrers'] });
  return candidates;
}

/** A log that remembers what it was told and promises anything. */
function memoryLog(apiVersion: 1 | 2 = 1): TransparencyLog & { readonly told: LogProposal[] } {
  const told: LogProposal[] = [];
  return {
    url: 'https://log.example.com',
    apiVersion,
    told,
    async add(proposal) {
      told.push(proposal);
      return {
        logIndex: told.length,
        logId: Buffer.alloc(32, 1),
        kind: proposal.kind,
        version: '0.0.1',
        integratedTime: 1_767_323_045,
        signedEntryTimestamp: Buffer.from('promise'),
        inclusionProof: { logIndex: 0, treeSize: 1, rootHash: Buffer.alloc(32), hashes: [], checkpoint: 'x' },
        canonicalizedBody: Buffer.from('{}'),
      };
    },
  };
}

describe('attesting an image', () => {
  it('leaves an envelope under the tag and a bundle, both about the image', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app', '1.0');
    const signer = newSigner('P-384');
    expect(await attest(store, { material: { signer } })).toMatchObject({ digest, partial: false });
    const candidates = await attestationsOf(store, digest);
    expect(candidates.map(({ format }) => format)).toEqual(['legacy', 'bundle']);
    for (const candidate of candidates) {
      const stored = candidate.format === 'legacy' ? candidate.payload : candidate.bundle;
      if (stored.state !== 'read') throw new Error('it was stored');
      const content = candidate.format === 'legacy' ? undefined : parseBundle(stored.bytes).content;
      const envelope = content?.kind === 'envelope' ? content.envelope : parseEnvelope(stored.bytes);
      const statement = parseStatement(envelope.payload);
      expect(statement).toMatchObject({ version: '0.1', predicateType: predicate.uri, predicate: { ok: true } });
      expect(subjectOf(statement, digest)?.name).toBe('registry.example.com/team/app');
      const message = preAuthenticationEncoding(envelope.payloadType, envelope.payload);
      const { signature } = envelope.signatures[0]!;
      expect(checkSignature({ publicKey: signer.publicKey, message, signature })).toBeDefined();
    }
    expect(candidates[0]).toMatchObject({
      mediaType: 'application/vnd.dsse.envelope.v1+json',
      annotations: { 'dev.cosignproject.cosign/signature': '', predicateType: predicate.uri },
    });
    expect(candidates[1]?.annotations).toMatchObject({ 'dev.sigstore.bundle.predicateType': predicate.uri });
  });

  it('replaces attestations of the same type only', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app', '1.0');
    const other = { ...predicate, uri: 'https://example.com/other/v1' };
    await attest(store, { formats: ['legacy'] });
    await attest(store, { formats: ['legacy'], attested: other });
    await attest(store, { formats: ['legacy'], replace: true });
    const types = (await attestationsOf(store, digest)).map(({ annotations }) => annotations['predicateType']);
    expect(types).toEqual([other.uri, predicate.uri]);
  });

  it('signs a ready statement as it is, if it is about the image', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app', '1.0');
    const bytes = Buffer.from(
      `{ "_type": "https://in-toto.io/Statement/v1", "predicateType": "https://x/y",\n"subject": [{"digest": {"sha256": "${digest.slice(7)}"}}] }`,
    );
    await attest(store, { formats: ['bundle'], attested: { kind: 'statement', bytes } });
    const [candidate] = await attestationsOf(store, digest);
    if (candidate?.format !== 'bundle' || candidate.bundle.state !== 'read') throw new Error('it was stored');
    const { content } = parseBundle(candidate.bundle.bytes);
    expect(content).toMatchObject({ envelope: { payload: bytes } });
    const foreign = Buffer.from(bytes.toString().replace(digest.slice(7, 12), '00000'));
    const signing = Buffer.from(writeSignStatement(digest));
    for (const wrong of [foreign, signing, Buffer.from('{}')]) {
      await expect(attest(store, { attested: { kind: 'statement', bytes: wrong } })).rejects.toMatchObject({
        code: 'statement-invalid',
      });
    }
  });

  it('of an image that is not there is refused', async () => {
    await expect(attest(createMemoryStore())).rejects.toMatchObject({ code: 'image-not-found' });
  });
});

describe('a log', () => {
  it('is told each signature with its digest and key, and its answer is kept', async () => {
    const store = createMemoryStore();
    const { digest } = await putImage(store, 'app', '1.0');
    const log = memoryLog();
    const signer = newSigner();
    await signImage({ store, target: '1.0', reference, now, material: { signer, logs: [log] }, ...noWaiting() });
    expect(log.told.map(({ kind, digestAlgorithm }) => [kind, digestAlgorithm])).toEqual([
      ['hashedrekord', 'sha256'],
      ['dsse', 'sha256'],
    ]);
    expect(log.told[0]?.verifier).toEqual({ kind: 'public-key', der: signer.publicKey.spki });
    const { candidates } = await collectEvidence({ store, digest, sources: ['signature-tag', 'referrers'] });
    expect(JSON.parse(candidates[0]?.annotations['dev.sigstore.cosign/bundle'] ?? '')).toMatchObject({
      SignedEntryTimestamp: Buffer.from('promise').toString('base64'),
      Payload: { logIndex: 1, integratedTime: 1_767_323_045, logID: '01'.repeat(32) },
    });
    if (candidates[1]?.format !== 'bundle' || candidates[1].bundle.state !== 'read') throw new Error('it was stored');
    expect(parseBundle(candidates[1].bundle.bytes).logEntries).toMatchObject([{ logIndex: 2, kind: 'dsse' }]);
  });

  it('without promises is refused for the tag format before anything is logged', async () => {
    const store = createMemoryStore();
    await putImage(store, 'app', '1.0');
    const log = memoryLog(2);
    const request = {
      store,
      target: '1.0',
      reference,
      now,
      material: { signer: newSigner(), logs: [log] },
      ...noWaiting(),
    };
    await expect(signImage(request)).rejects.toMatchObject({ code: 'signature-option-invalid' });
    expect(log.told).toEqual([]);
    expect(await signImage({ ...request, formats: ['bundle'] })).toMatchObject({ partial: false });
  });

  it('records Ed25519 only when it is prehashed', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const log = memoryLog();
    const blob = Buffer.from('blob');
    await expect(signBlob({ signer: signerFor(privateKey), logs: [log] }, blob)).rejects.toMatchObject({
      code: 'signature-option-invalid',
    });
    await signBlob({ signer: signerFor(privateKey, { prehashed: true }), logs: [log] }, blob);
    expect(log.told).toMatchObject([{ digestAlgorithm: 'sha512', digest: createHash('sha512').update(blob).digest() }]);
  });
});

describe('signing a file', () => {
  const blob = Buffer.from('contents');

  it('gives a bundle with the digest that was signed', async () => {
    const signer = newSigner('P-384');
    const { bundle } = await signBlob({ signer }, blob);
    const { content } = parseBundle(bundle);
    if (content.kind !== 'message') throw new Error('it signs a message');
    expect(content.digest).toEqual({ algorithm: 'sha384', value: createHash('sha384').update(blob).digest() });
    expect(checkSignature({ publicKey: signer.publicKey, message: blob, signature: content.signature })).toBeDefined();
  });

  it('with pure Ed25519 names no digest', async () => {
    const { bundle } = await signBlob({ signer: newSigner('Ed25519') }, blob);
    expect(parseBundle(bundle).content).not.toHaveProperty('digest');
  });

  it('as cosign 2 does gives the bare signature and its bundle file', async () => {
    const signer = newSigner();
    const made = await signBlobLegacy({ signer, logs: [memoryLog()] }, blob);
    expect(checkSignature({ publicKey: signer.publicKey, message: blob, signature: made.signature })).toBeDefined();
    expect(parseBlobBundle(Buffer.from(made.bundle))).toMatchObject({
      format: 'legacy',
      verifier: expect.stringContaining('PUBLIC KEY'),
    });
  });

  it('attesting it names it by its digest', async () => {
    const sha256 = createHash('sha256').update(blob).digest('hex');
    const bundle = await attestBlob(
      { signer: newSigner() },
      { name: 'file', sha256, predicateType: 'https://x/y', predicate: {} },
    );
    const { content } = parseBundle(bundle);
    if (content.kind !== 'envelope') throw new Error('it is an envelope');
    expect(subjectOf(parseStatement(content.envelope.payload), `sha256:${sha256}`)?.name).toBe('file');
  });

  it('is not done with a key that the certificate does not name', async () => {
    const store = createMemoryStore();
    await putImage(store, 'app', '1.0');
    const stranger = { leaf: Buffer.from('no certificate'), chain: [] };
    const request = {
      store,
      target: '1.0',
      reference,
      now,
      material: { signer: newSigner(), certificate: stranger },
      ...noWaiting(),
    };
    await expect(signImage(request)).rejects.toMatchObject({ code: 'signature-option-invalid' });
  });
});
