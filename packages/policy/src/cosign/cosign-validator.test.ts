import { Readable } from 'node:stream';
import { digestOf, mediaTypes, ociFault } from '@pratique/oci';
import type { OciFaultCode } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import { appendSignature, makeLayer, payloadMediaType, signerFor } from '@pratique/sigstore';
import { describe, expect, it } from 'vitest';
import type { ValidatorAnswer } from '../verdict.ts';
import {
  ask,
  attest,
  changedStore,
  emptyStore,
  keyRoot,
  place,
  pushed,
  pushedIndex,
  sign,
  testKey,
} from './cosign-fixture.ts';

const trusted = testKey('default');
const other = testKey('other');

function failing(code: OciFaultCode): Promise<never> {
  return Promise.reject(ociFault({ code, message: 'The registry said no.', hint: 'Ask again.' }));
}

function detailOf(answer: ValidatorAnswer): string {
  return answer.outcome === 'refused' ? answer.detail : `accepted ${answer.digest ?? ''}`;
}

describe('one key', () => {
  it.each(['legacy', 'bundle'] as const)('COS-4 accepts a %s signature and says where it is', async (format) => {
    const { store, digest } = await pushed();
    await sign(store, trusted, { formats: [format] });
    const answer = await ask({ store });
    expect(answer).toMatchObject({ outcome: 'accepted', digest, warnings: [] });
    expect(answer.found[0]).toMatchObject({
      text: `cosign signature (${format}) by trust root default, key SHA256:${trusted.publicKey.fingerprint}`,
      location: expect.stringContaining(place),
    });
  });

  it('COS-4 lets a broken bundle of somebody else mask no valid signature, in either direction', async () => {
    const first = await pushed();
    await sign(first.store, other, { formats: ['bundle'] });
    await sign(first.store, trusted, { formats: ['legacy'] });
    expect(await ask({ store: first.store })).toMatchObject({ outcome: 'accepted' });
    const second = await pushed();
    await sign(second.store, other, { formats: ['legacy'] });
    await sign(second.store, trusted, { formats: ['bundle'] });
    expect(await ask({ store: second.store })).toMatchObject({ outcome: 'accepted' });
  });

  it('COS-4 reads only the format that the rule asks for', async () => {
    const { store } = await pushed();
    await sign(store, trusted, { formats: ['legacy'] });
    expect(await ask({ store, with: { signatureFormat: 'legacy' } })).toMatchObject({ outcome: 'accepted' });
    expect(await ask({ store, with: { signatureFormat: 'bundle' } })).toMatchObject({ class: 'no_signature' });
  });

  it('COS-10 says "no signatures found" of an unsigned image, with the command that signs it by digest', async () => {
    const { store, digest } = await pushed();
    const answer = await ask({ store });
    expect(answer).toMatchObject({ class: 'no_signature', detail: 'error validating image: [no signatures found]' });
    expect(answer).toMatchObject({
      nextStep: expect.stringContaining(`cosign sign --key cosign.key --tlog-upload=false ${place}@${digest}`),
      wanted: expect.stringContaining(trusted.publicKey.fingerprint),
    });
    expect(answer.found.map(({ location }) => location)).toContain(`${place}:sha256-${digest.slice(7)}.sig`);
  });

  it('COS-10 says "no matching signatures" where another key signed, and names both keys', async () => {
    const { store } = await pushed();
    await sign(store, other);
    const answer = await ask({ store });
    expect(answer).toMatchObject({ class: 'wrong_key', nextStep: expect.stringContaining('compare the fingerprints') });
    expect(detailOf(answer)).toContain('no matching signatures: ');
    expect(detailOf(answer)).toContain(trusted.publicKey.fingerprint);
    expect(JSON.stringify(answer.found)).toContain(other.publicKey.fingerprint);
  });

  it('COS-5 refuses a signature that was copied from another image', async () => {
    const { store, digest } = await pushed('signed', 'signed');
    await sign(store, trusted, { target: 'signed', formats: ['legacy'] });
    const victim = (await pushed('never signed', '1.0', store)).digest;
    const signature = await store.manifest(`sha256-${digest.slice(7)}.sig`);
    await store.putManifest({
      bytes: signature!.bytes,
      mediaType: mediaTypes.ociManifest,
      tag: `sha256-${victim.slice(7)}.sig`,
    });
    const answer = await ask({ store });
    expect(answer).toMatchObject({ class: 'wrong_digest' });
    expect(detailOf(answer)).toContain(digest);
  });

  it.each([
    ['no image signature', 'some other purpose', 'no_signature'],
    ['no digest at all', 'cosign container image signature', 'no_signature'],
  ])('COS-5 refuses whatever else the key has signed: %s', async (what, type, expected) => {
    const { store, digest } = await pushed();
    const image = what === 'no digest at all' ? {} : { 'docker-manifest-digest': digest };
    const critical = { identity: { 'docker-reference': place }, image, type };
    const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
    const { annotations } = await makeLayer({ signer: signerFor(trusted.privateKey) }, payload);
    await appendSignature({
      ...{ store, digest, content: payload, annotations, kind: 'signature', mediaType: payloadMediaType },
      ...{ random: () => 0.5, sleep: () => Promise.resolve() },
    });
    expect(await ask({ store })).toMatchObject({ class: expected });
  });

  it('COS-5 warns of a signature for another repository, and refuses it where the rule says so', async () => {
    const { store } = await pushed();
    const reference = { registry: 'other.example.com', repository: 'team/app' };
    await sign(store, trusted, { formats: ['legacy'], reference });
    const answer = await ask({ store });
    expect(answer).toMatchObject({ outcome: 'accepted' });
    expect(answer.warnings.join()).toContain('other.example.com/team/app');
    expect(await ask({ store, with: { requireRepositoryMatch: true } })).toMatchObject({ class: 'identity_mismatch' });
  });

  it('COS-5 demands the annotations of the rule', async () => {
    const { store } = await pushed();
    await sign(store, trusted, { annotations: { env: 'production' } });
    expect(await ask({ store, with: { annotations: { env: 'production' } } })).toMatchObject({ outcome: 'accepted' });
    const answer = await ask({ store, with: { annotations: { env: 'test run' } } });
    expect(answer).toMatchObject({ outcome: 'refused', nextStep: expect.stringContaining("-a 'env=test run'") });
  });

  it('COS-3 reads signatures from the repository that the rule names', async () => {
    const { store } = await pushed();
    const signatures = emptyStore();
    await sign(store, trusted, { signatureStore: signatures });
    const asked: string[] = [];
    const repository = (where: { readonly registry: string; readonly repository: string }) => {
      asked.push(`${where.registry}/${where.repository}`);
      return Promise.resolve(where.repository === 'signatures' ? signatures : store);
    };
    const signatureRepository = 'other.example.com/signatures';
    expect(await ask({ repository, with: { signatureRepository } })).toMatchObject({ outcome: 'accepted' });
    expect(asked).toEqual([place, signatureRepository]);
    expect(await ask({ repository })).toMatchObject({ class: 'no_signature' });
    expect(await ask({ repository, with: { signatureRepository: 'A B' } })).toMatchObject({ class: 'config' });
  });
});

describe('looking', () => {
  it('COS-3 denies an image that does not exist at once', async () => {
    const answer = await ask({ store: emptyStore() });
    expect(answer).toMatchObject({ class: 'image_not_found' });
    expect(detailOf(answer)).toContain(`image ${place}:1.0 does not exist`);
  });

  it('COS-3 calls an image of an odd kind unsigned, not unread', async () => {
    const { store } = await pushed();
    const odd = changedStore(store, {
      manifest: async (target, waiting) => {
        const found = await store.manifest(target, waiting);
        return found && { ...found, descriptor: { ...found.descriptor, mediaType: 'application/x-odd' } };
      },
    });
    expect(await ask({ store: odd })).toMatchObject({ class: 'no_signature' });
    const demanded = { platformSignatures: 'all' } as const;
    expect(await ask({ store: odd, with: demanded })).toMatchObject({ class: 'no_signature' });
  });

  it.each([
    ['registry-denied', 'registry_auth'],
    ['registry-unauthorized', 'registry_auth'],
    ['registry-failed', 'registry_unreachable'],
    ['registry-rate-limited', 'registry_unreachable'],
    ['registry-timeout', 'registry_unreachable'],
    ['registry-tls', 'registry_tls'],
    ['registry-plain-http', 'registry_tls'],
    ['content-mismatch', 'registry_unreachable'],
  ] as const)('VAL-2 takes %s for %s wherever it happens, never for "no signature"', async (code, expected) => {
    const { store } = await pushed();
    expect(await ask({ store: changedStore(store, { manifest: () => failing(code) }) })).toMatchObject({
      class: expected,
    });
    const noList = changedStore(store, { referrers: () => failing(code) });
    const answer = await ask({ store: noList });
    expect(answer).toMatchObject({ class: expected });
    expect(detailOf(answer)).not.toContain('no signatures found');
    expect(await ask({ repository: () => failing(code) })).toMatchObject({ class: expected });
  });

  it('VAL-2 accepts what it found although another place could not be read, with a warning', async () => {
    const { store } = await pushed();
    await sign(store, trusted, { formats: ['legacy'] });
    const answer = await ask({ store: changedStore(store, { referrers: () => failing('registry-failed') }) });
    expect(answer).toMatchObject({ outcome: 'accepted' });
    expect(answer.warnings.join()).toContain('could not be read');
  });

  it('VAL-2 calls it a timeout when the deadline came first, whatever failed by it', async () => {
    const { store } = await pushed();
    const deadline = new AbortController();
    const late = changedStore(store, {
      referrers: () => {
        deadline.abort();
        return failing('registry-unreachable');
      },
    });
    expect(await ask({ store: late, signal: deadline.signal })).toMatchObject({ class: 'timeout' });
  });

  it('VAL-3 reads only so many layers, and takes the rest for unread', async () => {
    const { store } = await pushed();
    for (const name of ['a', 'b', 'c', 'd'])
      await sign(store, testKey(name), { formats: ['legacy'], identities: [name] });
    await sign(store, trusted, { formats: ['legacy'], identities: ['last'] });
    expect(await ask({ store })).toMatchObject({ outcome: 'accepted' });
    expect(await ask({ store, limits: { layers: 1, referrers: 0 } })).toMatchObject({ class: 'registry_unreachable' });
    expect(await ask({ store, limits: { totalSignatureBytes: 300 } })).toMatchObject({ class: 'registry_unreachable' });
  });

  it('VAL-3 lets an SBOM that is larger than signatures are hide no signature', async () => {
    const { store } = await pushed();
    await attest(store, trusted, { uri: 'https://example.com/sbom', value: { text: 'x'.repeat(9000) } });
    await sign(store, trusted, { formats: ['bundle'] });
    expect(await ask({ store, limits: { signatureBytes: 5000 } })).toMatchObject({ outcome: 'accepted' });
    expect(await ask({ store, limits: { totalSignatureBytes: 5000 } })).toMatchObject({ outcome: 'accepted' });
  });

  it('VAL-3 opens only so many bundles, and takes the rest for unread', async () => {
    const { store } = await pushed();
    for (const name of ['a', 'b', 'c']) await sign(store, testKey(name), { formats: ['bundle'] });
    expect(await ask({ store })).toMatchObject({ class: 'wrong_key' });
    const answer = await ask({ store, limits: { referrers: 2 } });
    expect(answer).toMatchObject({ class: 'registry_unreachable' });
    expect(detailOf(answer)).toContain('2 bundles');
  });

  it('VAL-4 takes bytes that are not those of their digest for no signature, and says so', async () => {
    const { store } = await pushed();
    await sign(store, trusted, { formats: ['legacy'] });
    const altered = changedStore(store, {
      blob: async ({ size }) => Readable.from([Buffer.alloc(size, '{')]),
    });
    const answer = await ask({ store: altered });
    expect(answer).toMatchObject({ class: 'no_signature' });
    expect(detailOf(answer)).toContain('no matching signatures');
  });

  it('COS-10 reads everything once, however many trust roots there are', async () => {
    const { store } = await pushed();
    for (const name of ['alice', 'bob', 'carol']) await sign(store, testKey(name));
    const reads = async (count: number): Promise<number> => {
      let asked = 0;
      const counting = changedStore(store, {
        manifest: (target, waiting) => ((asked += 1), store.manifest(target, waiting)),
        blob: (descriptor, waiting) => ((asked += 1), store.blob(descriptor, waiting)),
        referrers: (digest, query) => ((asked += 1), store.referrers(digest, query)),
      });
      const roots = ['alice', 'bob', 'carol'].slice(0, count).map((name) => keyRoot(name));
      const answer = await ask({ store: counting, roots, with: { trustRoot: '*' } });
      expect(answer.outcome).toBe('accepted');
      return asked;
    };
    expect(await reads(3)).toBe(await reads(1));
  });

  it('COS-3 compares tag and digest where the rule says so, and lets the digest win otherwise', async () => {
    const { store, digest } = await pushed();
    await sign(store, trusted);
    await pushed('a later build', '1.0', store);
    const text = `${place}:1.0@${digest}`;
    expect(await ask({ store, text })).toMatchObject({ outcome: 'accepted', digest });
    const answer = await ask({ store, text, with: { requireTagMatch: true } });
    expect(answer).toMatchObject({ class: 'wrong_digest' });
    expect(detailOf(answer)).toContain('the tag 1.0 points at sha256:');
  });
});

describe('keys that live elsewhere', () => {
  const roots = [{ kind: 'key', name: 'default', source: { kind: 'environment', variable: 'KEY' } } as const];

  it('COS-2 uses the key as it was last read', async () => {
    const { store } = await pushed();
    await sign(store, trusted);
    const pem = trusted.publicKey.key.export({ type: 'spki', format: 'pem' }).toString();
    expect(await ask({ store, roots, key: () => ({ state: 'there', value: pem }) })).toMatchObject({
      outcome: 'accepted',
    });
  });

  it('COS-2 refuses in the class kms while a key cannot be had, and as a mistake where it is none', async () => {
    const { store } = await pushed();
    await sign(store, trusted);
    const fault = new Fault({
      code: 'key-source-unreadable',
      message: 'The variable KEY is not set.',
      hint: 'Set it.',
    });
    const answer = await ask({ store, roots, key: () => ({ state: 'failed', fault }) });
    expect(answer).toMatchObject({ class: 'kms', nextStep: expect.stringContaining('Set it.') });
    expect(detailOf(answer)).toContain('error getting verifiers: The variable KEY is not set.');
    const wrong = await ask({ store, roots, key: () => ({ state: 'there', value: 'no key' }) });
    expect(wrong).toMatchObject({ class: 'config' });
  });
});

describe('several trust roots', () => {
  const roots = ['alice', 'bob', 'carol'].map((name) => keyRoot(name));
  const all = { trustRoot: '*' } as const;

  it('COS-10 counts trust roots, not signatures', async () => {
    const { store } = await pushed();
    await sign(store, testKey('alice'), { identities: [place, 'other.example.com/app'] });
    const answer = await ask({ store, roots, with: { ...all, threshold: 2 } });
    expect(answer).toMatchObject({ class: 'threshold' });
    expect(detailOf(answer)).toContain('validation threshold not reached (1/2)');
    await sign(store, testKey('carol'));
    expect(await ask({ store, roots, with: { ...all, threshold: 2 } })).toMatchObject({ outcome: 'accepted' });
    expect(detailOf(await ask({ store, roots, with: all }))).toContain('validation threshold not reached (2/3)');
  });

  it('COS-10 counts a key once under whatever names it stands', async () => {
    const { store } = await pushed();
    await sign(store, testKey('alice'));
    const twice = [keyRoot('alice'), keyRoot('alias', testKey('alice'))];
    expect(detailOf(await ask({ store, roots: twice, with: { ...all, threshold: 2 } }))).toContain('(1/2)');
  });

  it('COS-10 names the required trust roots that are missing', async () => {
    const { store } = await pushed();
    await sign(store, testKey('alice'));
    const answer = await ask({ store, roots, with: { ...all, required: ['alice', 'bob'] } });
    expect(answer).toMatchObject({ class: 'required_missing' });
    expect(detailOf(answer)).toContain('missing required signatures from [bob]');
    await sign(store, testKey('bob'));
    expect(await ask({ store, roots, with: { ...all, required: ['alice', 'bob'] } })).toMatchObject({
      outcome: 'accepted',
    });
  });

  it('COS-10 keeps both fragments where nobody signed', async () => {
    const { store } = await pushed();
    const detail = detailOf(await ask({ store, roots, with: { ...all, threshold: 2 } }));
    expect(detail).toContain('validation threshold not reached (0/2)');
    expect(detail).toContain('no signatures found');
  });

  it('COS-1 refuses a trust root that does not exist', async () => {
    const { store } = await pushed();
    const answer = await ask({ store, roots, with: { trustRoot: 'dave' } });
    expect(answer).toMatchObject({ class: 'config' });
    expect(detailOf(answer)).toContain('error getting verifiers: unable to find trust root dave');
  });
});

describe('an index', () => {
  it('COS-11 says whether the platforms of an unsigned index are signed', async () => {
    const { store, children } = await pushedIndex();
    expect(detailOf(await ask({ store }))).toContain('none of the platform manifests is signed either');
    await sign(store, trusted, { target: children[1]! });
    const answer = await ask({ store });
    expect(answer).toMatchObject({ class: 'no_signature', nextStep: expect.stringContaining('--recursive') });
    expect(detailOf(answer)).toContain(`1 of the 2 platform manifests are signed: linux/arm64 (${children[1]})`);
  });

  it('COS-11 accepts an unsigned index when every platform that counts is signed, and pins the index', async () => {
    const { store, digest, children } = await pushedIndex();
    await sign(store, trusted, { target: children[0]! });
    expect(await ask({ store, with: { platformSignatures: 'all' } })).toMatchObject({ class: 'no_signature' });
    const nodes = { store, nodePlatforms: () => ['linux/amd64'] };
    expect(await ask({ ...nodes, with: { platformSignatures: 'node' } })).toMatchObject({ digest });
    expect(await ask({ store, with: { platformSignatures: 'node' } })).toMatchObject({ outcome: 'refused' });
    const unknown = { store, nodePlatforms: () => ['linux/s390x'] };
    expect(await ask({ ...unknown, with: { platformSignatures: 'node' } })).toMatchObject({ outcome: 'refused' });
    await sign(store, trusted, { target: children[1]! });
    expect(await ask({ store, with: { platformSignatures: 'all' } })).toMatchObject({ outcome: 'accepted', digest });
    expect(await ask({ store })).toMatchObject({ outcome: 'refused' });
    expect(await ask({ store, with: { platformSignatures: 'all' }, limits: { platforms: 1 } })).toMatchObject({
      outcome: 'refused',
    });
  });

  it.each([
    ['a list that runtimes prefer', '"manifests":', '"Manifests":[{}],"manifests":'],
    ['the same list after ours', '"schemaVersion"', '"manifeſts":[{}],"schemaVersion"'],
    ['another digest of an entry', '"digest":', '"Digest":"sha256:EVIL","digest":'],
    ['another machine of an entry', '"platform":{', '"platform":{"OS":"linux",'],
  ])('COS-11 accepts no index with %s: Go reads members of any case', async (_what, from, to) => {
    const { store, children } = await pushedIndex();
    for (const target of children) await sign(store, trusted, { target });
    const whole = (await store.manifest('1.0'))!;
    const bytes = Buffer.from(Buffer.from(whole.bytes).toString().replace(from, to));
    const descriptor = { ...whole.descriptor, digest: digestOf(bytes), size: bytes.length };
    const hostile = changedStore(store, {
      manifest: async (target) => (target === '1.0' ? { ...whole, bytes, descriptor } : store.manifest(target)),
    });
    expect(await ask({ store, with: { platformSignatures: 'all' } })).toMatchObject({ outcome: 'accepted' });
    const answer = await ask({ store: hostile, with: { platformSignatures: 'all' } });
    expect(answer).toMatchObject({ outcome: 'refused' });
  });

  it('COS-11 counts what a node may start besides its own machine, and words it may not know', async () => {
    const { store, children } = await pushedIndex();
    await sign(store, trusted, { target: children[0]! });
    const whole = (await store.manifest('1.0'))!;
    const asOther = (architecture: string) => {
      const bytes = Buffer.from(
        Buffer.from(whole.bytes).toString().replace('"architecture":"arm64"', `"architecture":"${architecture}"`),
      );
      const descriptor = { ...whole.descriptor, digest: digestOf(bytes), size: bytes.length };
      return changedStore(store, {
        manifest: async (target) => (target === '1.0' ? { ...whole, bytes, descriptor } : store.manifest(target)),
      });
    };
    const nodes = { nodePlatforms: () => ['linux/amd64'], with: { platformSignatures: 'node' } } as const;
    expect(await ask({ store: asOther('s390x'), ...nodes })).toMatchObject({ outcome: 'accepted' });
    expect(await ask({ store: asOther('x86_64'), ...nodes })).toMatchObject({ outcome: 'refused' });
    expect(await ask({ store: asOther('386'), ...nodes })).toMatchObject({ outcome: 'refused' });
    expect(await ask({ store: asOther('AMD64'), ...nodes })).toMatchObject({ outcome: 'refused' });
  });

  it('COS-11 does not call an index unsigned while a platform could not be read', async () => {
    const { store, children } = await pushedIndex();
    await sign(store, trusted, { target: children[0]! });
    const broken = changedStore(store, {
      referrers: (digest, query) =>
        digest === children[1] ? failing('registry-failed') : store.referrers(digest, query),
    });
    const answer = await ask({ store: broken, with: { platformSignatures: 'all' } });
    expect(answer).toMatchObject({ class: 'registry_unreachable' });
  });
});
