import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkServing, readCertificates } from '@pratique/tls';
import {
  callersName,
  makeForeign,
  namespace,
  ownEntry,
  putSecret,
  renderedWebhook,
  secretData,
  wantedRules,
} from './cluster-fixture.ts';
import { openScene } from './scene-fixture.ts';
import type { Scene } from './scene-fixture.ts';

let scene: Scene;

beforeEach(async () => void (scene = await openScene()));
afterEach(() => scene.close());

describe('a gate in a cluster where the chart was installed', () => {
  it('TLS-3.1 TLS-3.2 TLS-3.7 WHK-3 makes everything the chart did not render, and switches the webhook on', async () => {
    const { api } = scene;
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    const secret = secretData(api, 'connaisseur-tls');
    expect(Object.keys(secret).toSorted()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    expect(scene.caBundle()).toBe(secret['ca.crt']);
    expect(ownEntry(api).rules).toMatchObject(wantedRules);
    expect(api.get('configmaps', namespace, 'connaisseur-ca')?.['data']).toEqual({ 'ca.crt': secret['ca.crt'] });
    expect(secretData(api, 'connaisseur-ca')['tls.key']).toContain('PRIVATE KEY');
    expect(scene.otherEntry()).toEqual(renderedWebhook().webhooks[0]);
    expect(replica.certificates.facts()).toMatchObject({ leading: true, problems: [], source: 'cluster' });
    expect(Object.values(replica.certificates.facts().repairs)).toEqual([0, 0, 0, 0, 0]);
  });

  it('WHK-3 stays switched off until the replica is ready and the Service answers', async () => {
    let ready = false;
    let answers = false;
    const replica = await scene.start('pod-a', { isReady: () => ready, probe: async () => answers });
    const { certificates } = replica;
    await scene.until(() => certificates.facts().caBundleInSync === true);
    expect(certificates.facts().problems.map(({ code }) => code)).toEqual(['webhook-inactive']);
    ready = true;
    await scene.until(() => certificates.facts().problems.some(({ code }) => code === 'service-unreachable'));
    expect(ownEntry(scene.api).rules ?? []).toEqual([]);
    answers = true;
    await scene.settled(replica);
    expect(certificates.facts().problems).toEqual([]);
  });

  it('WHK-3 is switched on though the Service cannot be asked: the cluster must not stay unguarded', async () => {
    const replica = await scene.start('pod-a', { probe: async () => false, patience: { probeMs: 100 } });
    await scene.settled(replica);
    expect(ownEntry(scene.api).rules).toMatchObject(wantedRules);
  });

  it('WHK-3 switches nothing on when the chart does not say what to ask about', async () => {
    const { metadata, ...rendered } = renderedWebhook();
    scene.api.put({ ...rendered, metadata: { ...metadata, annotations: { 'pratique.io/rules': '[]' } } });
    const { certificates } = await scene.start('pod-a');
    await scene.until(() => certificates.facts().problems.some(({ code }) => code === 'webhook-rules-unknown'));
    await scene.until(() => certificates.facts().caBundleInSync === true);
    expect(ownEntry(scene.api).rules ?? []).toEqual([]);
  });
});

describe('a gate whose objects are changed by somebody', () => {
  it.each([
    ['nothing, as the page of the runbook writes without its backslash', ''],
    ['garbage', Buffer.from('not a certificate').toString('base64')],
    ['another authority', ''],
  ])('TLS-3.3 puts caBundle right after it was replaced with %s', async (what, value) => {
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    const right = scene.caBundle();
    const wrong = what.startsWith('another') ? Buffer.from((await makeForeign()).authority).toString('base64') : value;
    scene.editEntry({ caBundle: wrong });
    await scene.until(() => scene.caBundle() === right && replica.certificates.facts().repairs.caBundle > 0);
    expect(replica.certificates.facts().repairs).toMatchObject({ caBundle: 1, secret: 0 });
    expect(
      replica.lines.some((line) => /^warn .*set-webhook: The caBundle of webhook connaisseur-svc/.test(line)),
    ).toBe(true);
    expect(scene.otherEntry()).toEqual(renderedWebhook().webhooks[0]);
  });

  it('TLS-3.3 finds its entry by name when the order changed, and puts rules back that an applied manifest removed', async () => {
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    const { webhooks, ...rendered } = renderedWebhook();
    scene.api.put({ ...rendered, webhooks: webhooks.toReversed() });
    await scene.until(() => scene.caBundle() !== '' && ownEntry(scene.api).rules?.length === 1);
    expect(scene.otherEntry()).toEqual(webhooks[0]);
  });

  it.each([
    ['is deleted', undefined],
    ['is emptied', {}],
    ['has its certificate cut off', { 'tls.crt': '-----BEGIN CERTIFICATE-----\nMIIB' }],
    ['gets the key of another', { 'tls.key': 'another' }],
  ])('TLS-3.5 makes the certificate anew, under the same authority, when the Secret %s', async (_what, change) => {
    const { api } = scene;
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    const before = secretData(api, 'connaisseur-tls');
    const key = (await makeForeign()).key;
    if (change === undefined) api.remove('secrets', namespace, 'connaisseur-tls');
    else if (Object.keys(change).length === 0) putSecret(api, 'connaisseur-tls', {});
    else putSecret(api, 'connaisseur-tls', { ...before, ...change, ...('tls.key' in change && { 'tls.key': key }) });
    await scene.until(() => {
      const now = secretData(api, 'connaisseur-tls');
      return now['ca.crt'] === before['ca.crt'] && now['tls.crt'] !== before['tls.crt'] && isAccepted(now['tls.crt']);
    });
    await scene.until(() => scene.serves(replica) && scene.isVouched(replica));
    expect(replica.certificates.facts().repairs).toMatchObject({ secret: 1, caBundle: 0, authority: 0 });
  });

  it('TLS-3.5 fills ca.crt of the Secret again, without a new certificate', async () => {
    const { api } = scene;
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    const before = secretData(api, 'connaisseur-tls');
    putSecret(api, 'connaisseur-tls', { ...before, 'ca.crt': '' });
    await scene.until(() => secretData(api, 'connaisseur-tls')['ca.crt'] === before['ca.crt']);
    expect(secretData(api, 'connaisseur-tls')).toEqual(before);
  });

  it('TLS-3.2 publishes the authority again when its ConfigMap is deleted', async () => {
    const { api } = scene;
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    api.remove('configmaps', namespace, 'connaisseur-ca');
    await scene.until(() => api.get('configmaps', namespace, 'connaisseur-ca') !== undefined);
    expect(replica.certificates.facts().authorities).toBe(scene.caBundle());
  });

  it('TLS-3.5 replaces an authority that was lost with overlap: at no moment is what is served refused', async () => {
    const { api } = scene;
    const [one, two] = await Promise.all([scene.start('pod-a'), scene.start('pod-b')]);
    await scene.settled(one, two);
    const before = scene.caBundle();
    const refused = scene.watchForRefusal(one, two);
    api.remove('secrets', namespace, 'connaisseur-ca');
    await scene.until(() => readCertificates(scene.caBundle(), 'bundle').length === 2);
    expect(scene.caBundle()).toContain(before);
    await scene.until(() => readCertificates(scene.caBundle(), 'bundle').length === 1 && scene.caBundle() !== before);
    await scene.until(() => [one, two].every((replica) => scene.serves(replica)));
    expect(refused()).toEqual([]);
  });
});

describe('several replicas of a gate', () => {
  it('TLS-3 agree on one certificate, which one of them writes', async () => {
    const all = await Promise.all(['pod-a', 'pod-b', 'pod-c'].map((pod) => scene.start(pod)));
    await scene.settled(...all);
    expect(new Set(all.map(({ certificates }) => certificates.facts().fingerprint)).size).toBe(1);
    expect(all.filter(({ certificates }) => certificates.facts().leading)).toHaveLength(1);
  });

  it('TLS-3 go on when the one that writes dies without a word', async () => {
    const first = await scene.start('pod-a');
    await scene.settled(first);
    const second = await scene.start('pod-b');
    await scene.settled(second);
    const right = scene.caBundle();
    first.kill();
    scene.editEntry({ caBundle: '' });
    await scene.until(() => second.certificates.facts().repairs.caBundle > 0);
    expect(second.certificates.facts().leading).toBe(true);
    expect(scene.caBundle()).toBe(right);
  });

  it('TLS-3.1 TLS-3.6 renew after two thirds of the life, and all serve the new certificate', async () => {
    let later = 0;
    const now = () => Date.now() + later;
    const all = await Promise.all(
      ['pod-a', 'pod-b'].map((pod) => scene.start(pod, { now, times: { regularMs: 100 } })),
    );
    await scene.settled(...all);
    const before = all[0]?.certificates.facts().fingerprint;
    const refused = scene.watchForRefusal(...all);
    later = 61 * 24 * 3_600_000;
    await scene.until(() => all.every((one) => one.certificates.facts().fingerprint !== before && scene.serves(one)));
    expect(refused()).toEqual([]);
    expect(readCertificates(scene.caBundle(), 'bundle')).toHaveLength(1);
  });
});

describe('a certificate of somebody else', () => {
  it('TLS-3.5 is served, published and reported in mode auto, and never overwritten', async () => {
    const foreign = await makeForeign();
    putSecret(scene.api, 'connaisseur-tls', foreign.secret);
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    expect(secretData(scene.api, 'connaisseur-tls')).toEqual(foreign.secret);
    expect(scene.caBundle()).toBe(foreign.authority);
    expect(replica.certificates.facts().problems.map(({ code }) => code)).toEqual(['certificate-foreign']);
    expect(scene.api.get('secrets', namespace, 'connaisseur-ca')).toBeUndefined();
  });

  it('TLS-1 of Connaisseur, signed by itself and without ca.crt, goes on working', async () => {
    const foreign = await makeForeign({ selfSigned: true });
    putSecret(scene.api, 'connaisseur-tls', foreign.secret);
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    expect(scene.caBundle()).toBe(foreign.secret['tls.crt']);
    expect(secretData(scene.api, 'connaisseur-tls')).toEqual(foreign.secret);
  });

  it('TLS-3.5 that is broken is reported with cause and next step, and left alone', async () => {
    const foreign = await makeForeign();
    const broken = { ...foreign.secret, 'tls.key': (await makeForeign()).key };
    putSecret(scene.api, 'connaisseur-tls', broken);
    const { certificates } = await scene.start('pod-a');
    await scene.until(() => certificates.facts().problems.some(({ code }) => code === 'certificate-unusable'));
    const problem = certificates.facts().problems.find(({ code }) => code === 'certificate-unusable');
    expect(problem).toMatchObject({
      severity: 'high',
      cause: expect.stringMatching(/does not belong to its certificate/),
    });
    expect(certificates.facts().source).toBe('stand-in');
    expect(secretData(scene.api, 'connaisseur-tls')).toEqual(broken);
    expect(ownEntry(scene.api).rules ?? []).toEqual([]);
  });

  it('TLS-3.4 TLS-3.8 that is replaced by one of another authority is never refused in between', async () => {
    const [old, next] = [await makeForeign(), await makeForeign()];
    putSecret(scene.api, 'connaisseur-tls', old.secret);
    const all = await Promise.all(['pod-a', 'pod-b'].map((pod) => scene.start(pod, { mode: 'provided' })));
    await scene.settled(...all);
    const refused = scene.watchForRefusal(...all);
    putSecret(scene.api, 'connaisseur-tls', next.secret);
    await scene.until(() => scene.caBundle() === next.authority && all.every((one) => scene.serves(one)));
    expect(refused()).toEqual([]);
  });

  it('TLS-3.8 of cert-manager is served when its injector has written caBundle, which the gate leaves alone', async () => {
    const foreign = await makeForeign();
    const { certificates } = await scene.start('pod-a', { mode: 'certManager' });
    await scene.until(() => certificates.facts().problems.some(({ code }) => code === 'certificate-missing'));
    putSecret(scene.api, 'connaisseur-tls', foreign.secret);
    await scene.until(() => certificates.facts().problems.some(({ code }) => code === 'ca-bundle-mismatch'));
    expect(ownEntry(scene.api)).not.toHaveProperty('clientConfig.caBundle');
    expect(ownEntry(scene.api).rules ?? []).toEqual([]);
    scene.editEntry({ caBundle: Buffer.from(foreign.authority).toString('base64') });
    await scene.until(() => certificates.facts().webhookActive === true && certificates.facts().problems.length === 0);
  });
});

describe('a gate whose API server is away', () => {
  it('goes on serving, says so, and puts right what changed meanwhile', async () => {
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    const { fingerprint } = replica.certificates.facts();
    const right = scene.caBundle();
    scene.api.trouble.goAway();
    await scene.until(() => replica.certificates.facts().problems.some(({ code }) => code === 'cluster-away'));
    await scene.until(() => !replica.certificates.facts().leading);
    expect(replica.certificates.facts().fingerprint).toBe(fingerprint);
    scene.editEntry({ caBundle: '' });
    scene.api.trouble.calm();
    await scene.until(() => scene.caBundle() === right);
    await scene.until(() => replica.certificates.facts().problems.length === 0);
  });

  it('starts with a stand-in that says why, and takes the certificate when it can', async () => {
    const replica = await scene.start('pod-a');
    await scene.settled(replica);
    scene.api.trouble.goAway();
    const second = await scene.start('pod-b', { times: { firstMs: 50 } });
    expect(second.certificates.facts().source).toBe('stand-in');
    await scene.until(() => second.certificates.facts().problems.some(({ code }) => code === 'cluster-away'));
    scene.api.trouble.calm();
    await scene.until(() => scene.serves(second) && second.certificates.facts().source === 'cluster');
  });
});

describe('clocks that differ', () => {
  it('are said, and what is served goes on being served', async () => {
    const ahead = await scene.start('pod-a');
    await scene.settled(ahead);
    const behind = await scene.start('pod-b', { now: () => Date.now() - 2 * 3_600_000 });
    await scene.until(() => behind.certificates.facts().problems.some(({ code }) => code === 'clock-skew'));
    expect(behind.certificates.facts().fingerprint).toBe(ahead.certificates.facts().fingerprint);
  });
});

describe('a clock that is a year ahead', () => {
  it('makes certificates by the clock of the API server nevertheless, and says so', async () => {
    const year = 365 * 24 * 3_600_000;
    const replica = await scene.start('pod-a', { now: () => Date.now() + year });
    await scene.settled(replica);
    await scene.until(() => isAccepted(secretData(scene.api, 'connaisseur-tls')['tls.crt']) && scene.serves(replica));
    expect(replica.certificates.facts().problems.map(({ code }) => code)).toEqual(['clock-skew']);
  });
});

function isAccepted(certificate = ''): boolean {
  const bundle = readCertificates(scene.caBundle(), 'bundle');
  const chain = readCertificates(certificate, 'chain');
  return checkServing({ bundle, chain, name: callersName, now: Date.now() }).outcome === 'ok';
}
