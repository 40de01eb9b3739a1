import { beforeAll, describe, expect, it } from 'vitest';
import { issueLeaf, renewAt } from '@pratique/tls';
import type { CertificateAction } from './actions.ts';
import { planCertificates } from './plan.ts';
import { day, make, names, noon, restingState, secretObject, secretReading, webhookReading } from './state-fixture.ts';
import type { Made } from './state-fixture.ts';
import type { CertificateState } from './state.ts';

let made: Made;
let other: Made;
let resting: CertificateState;

beforeAll(async () => {
  [made, other] = await Promise.all([make(), make()]);
  resting = restingState(made);
});

describe('planCertificates', () => {
  it('does nothing where everything is right, and looks again when the certificate is due', () => {
    const plan = planCertificates(resting, noon);
    expect(plan.actions).toEqual([]);
    if (resting.secret.state !== 'usable') throw new Error('the resting state has a certificate');
    expect(plan.wakeAt).toBe(renewAt(resting.secret.pair.leaf));
  });

  it.each(['secret', 'authority', 'published'] as const)('concludes nothing while the %s was not read', (part) => {
    const missing = { secret: { state: 'missing' }, authority: { state: 'missing' } } as const;
    const state = { ...resting, ...missing, [part]: { state: 'unread' } };
    expect(planCertificates(state, noon).actions).toEqual([]);
  });

  it('TLS-3.1 makes an authority first, then everything else from it', () => {
    const nothing = { state: 'missing' } as const;
    const start = { ...resting, secret: nothing, authority: nothing, published: nothing, own: standIn() };
    expect(acts({ ...start, reports: [] })).toEqual(['create-authority']);
    const later = { ...start, authority: resting.authority, webhooks: [webhookReading({ rules: [] })] };
    expect(acts({ ...later, reports: [] })).toEqual(['publish', 'issue-leaf', 'set-webhook']);
  });

  it('TLS-3.1 renews after two thirds of the life, under the same authority', () => {
    const reports: CertificateState['reports'] = [];
    expect(acts({ ...resting, reports }, noon + 60 * day)).toEqual(['issue-leaf']);
    expect(acts({ ...resting, reports }, noon + 59 * day)).toEqual([]);
  });

  it('TLS-3.4 publishes a new authority, waits until callers know it, and only then signs with it', () => {
    const due = noon + 2500 * day;
    const [creation] = planCertificates(resting, due).actions.filter(({ act }) => act === 'create-authority');
    expect(creation).toMatchObject({ keep: { certificates: [{}] } });
    const both = other.authority.certificate + made.authority.certificate;
    const rotating = { ...resting, authority: secretReading(secretObject(other.authority, { ca: both })) };
    expect(acts(rotating)).toEqual(['publish', 'set-secret-authorities', 'set-webhook']);
    const published = { ...rotating, ...publishedAs(both) };
    expect(acts(published)).toEqual([]);
    const since = new Map([[fingerprint(published.authority), noon]]);
    expect(acts({ ...published, vouchedSince: since }, noon + 2_999)).toEqual([]);
    expect(acts({ ...published, vouchedSince: since }, noon + 3_000)).toEqual(['issue-leaf']);
  });

  it('TLS-3.4 drops the old authority when every replica that speaks serves the new certificate', async () => {
    const both = other.authority.certificate + made.authority.certificate;
    const next = restingState(other);
    const overlapping = {
      ...next,
      ...publishedAs(both),
      authority: secretReading(secretObject(other.authority, { ca: both })),
      secret: secretReading(secretObject(other.leaf, { ca: both })),
    };
    const drop = ['keep-authorities', 'publish', 'set-secret-authorities', 'set-webhook'];
    const after = noon + 120_000;
    expect(acts(overlapping, after)).toEqual(drop);
    expect(acts(overlapping, after - 1)).toEqual([]);
    const late = { annotation: 'serves.pratique.io/pod-b', fingerprint: 'f'.repeat(64), at: noon };
    const lagging = { ...overlapping, reports: [...next.reports, late] };
    expect(acts(lagging, after)).toEqual([]);
    expect(acts({ ...overlapping, reports: [] }, after)).toEqual([]);
    expect(planCertificates(lagging, after).wakeAt).toBe(noon + day);
    expect(acts(lagging, noon + day)[0]).toBe('forget-reports');
  });

  it('TLS-3.5 repairs a Secret with nothing to lose, and leaves what somebody put there', () => {
    const foreign = secretObject(other.leaf, { ca: other.authority.certificate, issued: false });
    const broken = secretObject({ certificate: other.leaf.certificate, key: made.leaf.key }, { issued: false });
    const keyOnly = secretObject({ key: other.leaf.key }, { issued: false });
    const garbage = { metadata: {}, data: { 'tls.crt': 'aGVsbG8=', 'tls.key': 'aGVsbG8=' } };
    const with_ = (object: ReturnType<typeof secretObject>) => ({ ...resting, secret: secretReading(object) });
    expect(acts(with_(garbage))).toEqual(['issue-leaf']);
    for (const object of [foreign, broken, keyOnly]) {
      const touched = acts(with_(object)).filter((act) => act === 'issue-leaf' || act === 'set-secret-authorities');
      expect(touched).toEqual([]);
    }
  });

  it('TLS-3.3 goes on healing caBundle while the authority is somebody else’s and broken', () => {
    const authority = secretReading(
      secretObject({ certificate: other.authority.certificate, key: made.authority.key }, { issued: false }),
    );
    const state = { ...resting, authority, webhooks: [webhookReading({ caBundle: '' })] };
    expect(acts(state)).toEqual(['set-webhook']);
  });

  it('TLS-3.3 heals rules and caBundle in one change of the entry with its name', () => {
    const webhooks = [webhookReading({ caBundle: '', rules: [{ ...resting, operations: [] }] })];
    expect(planCertificates({ ...resting, webhooks }, noon).actions).toMatchObject([
      {
        act: 'set-webhook',
        entries: [{ index: 1, name: 'connaisseur-svc.connaisseur.svc', authorities: {}, rules: [{}] }],
      },
    ]);
  });

  it('WHK-3 switches on when ready and the Service answers, or a minute after ready without an answer', () => {
    const off = { ...resting, webhooks: [webhookReading({ caBundle: made.authority.certificate, rules: [] })] };
    expect(acts(off)).toEqual(['set-webhook']);
    expect(acts({ ...off, readySince: undefined })).toEqual([]);
    expect(acts({ ...off, own: standIn() })).toEqual([]);
    const silent = { ...off, serviceAnswers: false };
    expect(acts(silent, noon + 59_999)).toEqual([]);
    expect(planCertificates(silent, noon + 1).wakeAt).toBe(noon + 60_000);
    expect(acts(silent, noon + 60_000)).toEqual(['set-webhook']);
  });

  it('WHK-3 takes no rules away, whatever the annotation says', () => {
    for (const wanted of ['', '[]', '{}', '[{"operations":[]}]', 'null', 'x'.repeat(70_000)]) {
      const webhooks = [webhookReading({ caBundle: made.authority.certificate, wanted })];
      expect(acts({ ...resting, webhooks })).toEqual([]);
    }
  });

  it('reissues what begins in the future only when the API server’s clock was seen', async () => {
    const random = () => Buffer.alloc(16, 7);
    const early = await issueLeaf({ authority: made.authority, names, now: noon + 2 * day, random });
    const secret = secretReading(secretObject(early, { ca: made.authority.certificate }));
    expect(acts({ ...resting, secret })).toContain('issue-leaf');
    expect(acts({ ...resting, secret, timeIsConfirmed: false })).not.toContain('issue-leaf');
  });

  it('TLS-3.8 writes no caBundle beside cert-manager, and nothing into a provided Secret', () => {
    const webhooks = [webhookReading({ caBundle: other.authority.certificate })];
    const secret = secretReading(secretObject(made.leaf, { ca: made.authority.certificate, issued: false }));
    expect(acts({ ...resting, mode: 'certManager', secret, webhooks })).toEqual([]);
    expect(acts({ ...resting, mode: 'provided', secret, webhooks })).toEqual(['set-webhook']);
    expect(acts({ ...resting, mode: 'provided', secret: { state: 'missing' }, webhooks })).toEqual([]);
  });
});

function acts(state: CertificateState, now = noon): readonly CertificateAction['act'][] {
  return planCertificates(state, now).actions.map(({ act }) => act);
}

function standIn(): CertificateState['own'] {
  return { ...restingState(other).own, standIn: true };
}

/** Webhook and ConfigMap as they are when a bundle was published. */
function publishedAs(pem: string): Pick<CertificateState, 'webhooks' | 'published' | 'secret'> {
  return {
    webhooks: [webhookReading({ caBundle: pem })],
    published: { state: 'there', text: pem, object: { metadata: {} } },
    secret: secretReading(secretObject(made.leaf, { ca: pem })),
  };
}

function fingerprint(reading: CertificateState['authority']): string {
  return reading.state === 'usable' ? reading.fingerprint : '';
}
