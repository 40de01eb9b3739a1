/** The judge by itself: the same facts give the same answer, without a registry, a server or a clock. */
import { digestOf } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import { parseCertificate } from '@pratique/sigstore';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RuleOptions } from '../configuration/policy.ts';
import { certify, chainOf, noon } from './certificates-fixture.ts';
import type { Holder } from './certificates-fixture.ts';
import { jwsEnvelope } from './envelope-fixture.ts';
import type { NotationEvidence, StoredSignature } from './evidence.ts';
import { judgeNotation } from './judge-notation.ts';
import type { RevocationStatus } from '../revocation/status.ts';
import { ruleWith, settingsTrusting } from './world-fixture.ts';

let root: Holder;
let signer: Holder;
let stranger: Holder;
const image = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digestOf('image'), size: 5 };

beforeAll(async () => {
  root = await certify({ name: 'Root', key: 'root', kind: 'authority' });
  signer = await certify({ name: 'Release', key: 'p256', issuer: root });
  stranger = await certify({ name: 'Stranger', key: 'p384' });
});

function stored(by: Holder): StoredSignature {
  const bytes = jwsEnvelope({ by, target: image });
  return { digest: digestOf(bytes), content: { state: 'read', mediaType: 'application/jose+json', bytes } };
}

function judge(signatures: readonly StoredSignature[], status?: RevocationStatus, options: Partial<RuleOptions> = {}) {
  const evidence: NotationEvidence = { repository: 'reg.test/web', image, signatures, isCut: false, looked: [] };
  const leaf = parseCertificate(chainOf(signer)[0]!)!;
  const revocation = new Map(status === undefined ? [] : [[leaf.fingerprint, status] as const]);
  return judgeNotation({
    evidence,
    settings: settingsTrusting([root]),
    rule: ruleWith(options),
    now: noon,
    revocation,
  });
}

describe('the judgement over notation signatures', () => {
  it('is the same for the same facts', () => {
    const signature = stored(signer);
    const first = judge([signature], { state: 'good' });
    expect(first).toMatchObject({ outcome: 'accepted', digest: image.digest });
    expect(judge([signature], { state: 'good' })).toEqual(first);
  });

  it('fails where revocation was not asked about at all', () => {
    expect(judge([stored(signer)])).toMatchObject({ outcome: 'refused', class: 'registry_unreachable' });
    expect(judge([stored(signer)], { state: 'not-applicable' })).toMatchObject({ outcome: 'accepted' });
  });

  it('prefers the signature that needs the least indulgence', () => {
    const answer = judge([stored(stranger), stored(signer)], { state: 'good' }, { verificationLevel: 'audit' });
    expect(answer).toMatchObject({ outcome: 'accepted', warnings: [] });
  });

  it('is not definite while one signature could not be looked at', () => {
    const fault = new Fault({ code: 'registry-failed', message: 'The registry failed.', hint: 'Try again.' });
    const unread: StoredSignature = { digest: digestOf('unread'), content: { state: 'failed', fault } };
    expect(judge([stored(stranger), unread])).toMatchObject({ outcome: 'refused', class: 'registry_unreachable' });
    expect(judge([stored(signer), unread], { state: 'good' })).toMatchObject({ outcome: 'accepted' });
  });

  it('prints nothing of strangers that could pass for something else', () => {
    const bytes = jwsEnvelope({ by: signer, target: { ...image, mediaType: 'x\u001b[2J\nfound' } });
    const answer = judge([
      { digest: 'sha256:1', content: { state: 'read', mediaType: 'application/jose+json', bytes } },
    ]);
    expect(answer).toMatchObject({ outcome: 'refused', class: 'wrong_digest' });
    expect(JSON.stringify(answer)).not.toContain(String.raw`\n`);
  });
});
