import { rekorLog, parseTrustedRoot, signerFor } from '@pratique/sigstore';
import type { SigningMaterial, TrustMaterial } from '@pratique/sigstore';
import { ociFault } from '@pratique/oci';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttestationDemand } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { statedTimes, staleness, supersedes } from './attestation-age.ts';
import { ask, attest, changedStore, keyRoot, noon, pushed, sign, testKey } from './cosign-fixture.ts';
import type { Asked } from './cosign-fixture.ts';

const trusted = testKey('default');
const vuln = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const approval = 'https://example.com/approval/v1';
const hour = 3600_000;

function demand(more: Partial<AttestationDemand> = {}): AttestationDemand {
  return { predicateType: approval, trustRoot: 'default', conditions: [], ...more };
}

function scan(finished: string, critical = 0) {
  return { uri: vuln, value: { scanner: { result: { critical } }, metadata: { scanFinishedOn: finished } } };
}

async function signed() {
  const { store } = await pushed();
  await sign(store, trusted);
  return store;
}

function detailOf(answer: ValidatorAnswer): string {
  return answer.outcome === 'refused' ? `${answer.class}: ${answer.detail}` : 'accepted';
}

async function told(asked: Asked, ...attestations: readonly AttestationDemand[]): Promise<string> {
  return detailOf(await ask({ ...asked, with: { attestations, ...asked.with } }));
}

describe('demands', () => {
  it.each(['legacy', 'bundle'] as const)(
    'COS-12 finds a %s attestation of the type by the trust root',
    async (format) => {
      const store = await signed();
      await attest(store, trusted, { uri: approval, value: { approved: true } }, { formats: [format] });
      expect(await told({ store }, demand())).toBe('accepted');
      const answer = await ask({ store, with: { attestations: [demand()] } });
      expect(answer.found.map(({ text }) => text).join()).toContain(`attestation ${approval} by trust root default`);
      expect(await told({ store }, demand({ predicateType: `${approval}x` }))).toContain('attestation: ');
    },
  );

  it('COS-12 refuses where there is none, with the command that makes one', async () => {
    const store = await signed();
    const answer = await ask({ store, with: { attestations: [demand()] } });
    expect(answer).toMatchObject({ class: 'attestation', nextStep: expect.stringContaining('cosign attest --key') });
    expect(detailOf(answer)).toContain('no attestations found');
  });

  it('COS-12 believes only the trust root that the rule names', async () => {
    const store = await signed();
    await attest(store, testKey('stranger'), { uri: approval, value: {} });
    expect(await told({ store }, demand())).toContain('no matching attestations');
    const roots = [keyRoot('default'), keyRoot('stranger')];
    expect(await told({ store, roots }, demand({ trustRoot: 'stranger' }))).toBe('accepted');
    expect(await told({ store, roots }, demand({ trustRoot: '*' }))).toContain('by default is not fulfilled');
    expect(await told({ store }, demand({ trustRoot: 'nobody' }))).toContain('config: ');
  });

  it('COS-12 takes an attestation for no signature, and demands both', async () => {
    const { store } = await pushed();
    await attest(store, trusted, { uri: approval, value: {} });
    expect(await told({ store }, demand())).toContain('no_signature: ');
  });

  it('COS-12 evaluates conditions, and refuses with the text of what is wrong with one', async () => {
    const store = await signed();
    await attest(store, trusted, { uri: approval, value: { approved: true, by: ['ann'] } });
    expect(await told({ store }, demand({ conditions: ['predicate.approved', '"ann" in predicate.by'] }))).toBe(
      'accepted',
    );
    const failing = await told({ store }, demand({ conditions: ['"bob" in predicate.by'] }));
    expect(failing).toContain('the condition "bob" in predicate.by does not hold');
    const broken = await told({ store }, demand({ conditions: ['predicate.missing == 1'] }));
    expect(broken).toContain('cannot be evaluated: No such key: missing');
  });

  it('COS-12 takes any attestation that fulfils the rule, but of scans only the newest', async () => {
    const store = await signed();
    await attest(store, trusted, { uri: approval, value: { env: 'test' } });
    await attest(store, trusted, { uri: approval, value: { env: 'production' } });
    expect(await told({ store }, demand({ conditions: ['predicate.env == "production"'] }))).toBe('accepted');
    const clean = demand({ predicateType: vuln, conditions: ['predicate.scanner.result.critical == 0'] });
    await attest(store, trusted, scan('2026-01-02T08:00:00Z'));
    expect(await told({ store }, clean)).toBe('accepted');
    await attest(store, trusted, scan('2026-01-02T11:00:00Z', 3));
    expect(await told({ store }, clean)).toContain('does not hold');
  });

  it('COS-12 does not call attestations missing that could not be looked for', async () => {
    const store = await signed();
    const failing = changedStore(store, {
      manifest: (target, waiting) =>
        target.endsWith('.att')
          ? Promise.reject(ociFault({ code: 'registry-denied', message: 'No.', hint: 'Log in.' }))
          : store.manifest(target, waiting),
    });
    expect(await told({ store: failing }, demand())).toContain('registry_auth: ');
    expect(await told({ store: failing })).toBe('accepted');
  });
});

describe('age', () => {
  let world: Sigstore;
  let trust: TrustMaterial;
  let logged: SigningMaterial;
  beforeAll(async () => {
    world = await startSigstore({ now: () => noon.getTime() });
    trust = parseTrustedRoot(Buffer.from(JSON.stringify(world.trustedRoot)), 'the test world');
    const access = { fetch: (url: string, init: RequestInit) => fetch(url, init), random: () => 0.5 };
    logged = { signer: signerFor(trusted.privateKey), logs: [rekorLog({ url: world.rekorUrl, access })] };
  }, 60_000);
  afterAll(() => world.close());

  it('COS-12 measures the age by the time of the log', async () => {
    const { store } = await pushed();
    await sign(store, logged);
    await attest(store, logged, { uri: approval, value: {} });
    const asked = { store, trust, with: { verifyInTransparencyLog: true } };
    const hourly = demand({ maxAgeMs: hour });
    expect(await told({ ...asked, now: new Date(noon.getTime() + hour - 1000) }, hourly)).toBe('accepted');
    expect(await told({ ...asked, now: new Date(noon.getTime() + hour + 1000) }, hourly)).toContain('it is too old');
  });

  it('COS-12 measures a scan by its own end as well, so that an old one cannot be attested anew', async () => {
    const { store } = await pushed();
    await sign(store, logged);
    await attest(store, logged, scan('2026-01-02T10:00:00Z'));
    const asked = { store, trust, with: { verifyInTransparencyLog: true } };
    expect(await told(asked, demand({ predicateType: vuln, maxAgeMs: 3 * hour }))).toBe('accepted');
    expect(await told(asked, demand({ predicateType: vuln, maxAgeMs: hour }))).toContain('made at 2026-01-02T10:00:00');
  });

  it('COS-12 refuses an age that nothing vouches for, and one from the future', async () => {
    const store = await signed();
    await attest(store, trusted, { uri: approval, value: {} });
    expect(await told({ store }, demand({ maxAgeMs: hour }))).toContain('nothing says how old it is');
    await attest(store, trusted, scan('2026-01-03T12:00:00Z'));
    expect(await told({ store }, demand({ predicateType: vuln, maxAgeMs: hour }))).toContain('still to come');
  });

  it('COS-12 takes a time of a scan that cannot be read for too much, not for none', () => {
    const proof = (metadata: unknown) => ({
      ...({ signer: { kind: 'key', fingerprint: '', algorithm: '' }, times: [], logs: [], notes: [] } as const),
      document: {
        kind: 'statement',
        predicateType: vuln,
        annotations: {},
        predicate: { metadata },
        payload: Buffer.of(),
      } as const,
    });
    for (const scanFinishedOn of ['soon', 5, {}, null, '']) {
      const times = statedTimes(proof({ scanFinishedOn }), vuln);
      expect(staleness({ times, maxAgeMs: hour, now: noon })).toContain('no calendar');
    }
    expect(statedTimes(proof(undefined), vuln)).toEqual([]);
    expect(supersedes('https://in-toto.io/attestation/vulns/v0.2')).toBe(true);
    expect(supersedes(approval)).toBe(false);
  });
});
