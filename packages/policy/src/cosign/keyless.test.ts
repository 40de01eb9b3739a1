import { signerFor, noTrust, parseTrustedRoot, rekorLog } from '@pratique/sigstore';
import type { SigningMaterial, TrustMaterial } from '@pratique/sigstore';
import { Fault } from '@pratique/runtime/fault';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CosignTrustRoot } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { ask, keyRoot, noon, personIn, personRoot, pushed, sign, testKey } from './cosign-fixture.ts';

let world: Sigstore;
let trust: TrustMaterial;
let person: SigningMaterial;
let dev: CosignTrustRoot;

beforeAll(async () => {
  world = await startSigstore({ now: () => noon.getTime() });
  trust = parseTrustedRoot(Buffer.from(JSON.stringify(world.trustedRoot)), 'the test world');
  person = await personIn(world);
  dev = personRoot('default', 'dev@example.com', world.oidc.issuer);
}, 60_000);
afterAll(() => world.close());

const logged = { verifyInTransparencyLog: true } as const;
const later = new Date(noon.getTime() + 30 * 24 * 3600_000);

function detailOf(answer: ValidatorAnswer): string {
  return answer.outcome === 'refused' ? answer.detail : 'accepted';
}

/** A key of one's own whose signatures the world's log remembers. */
function loggingSigner(name: string): SigningMaterial {
  const access = { fetch: (url: string, init: RequestInit) => fetch(url, init), random: () => 0.5 };
  return { signer: signerFor(testKey(name).privateKey), logs: [rekorLog({ url: world.rekorUrl, access })] };
}

describe('people', () => {
  it.each(['legacy', 'bundle'] as const)(
    'COS-7 accepts a %s signature of the person, long after the certificate ended, and names log and person',
    async (format) => {
      const { store, digest } = await pushed();
      await sign(store, person, { formats: [format] });
      const answer = await ask({ store, trust, roots: [dev], with: logged, now: later });
      expect(answer).toMatchObject({ outcome: 'accepted', digest });
      const texts = answer.found.map(({ text }) => text).join('\n');
      expect(texts).toContain(`dev@example.com as ${world.oidc.issuer} vouches`);
      expect(texts).toMatch(/log entry \d+ of .* at 2026-01-02T12:00:00/);
    },
  );

  it('COS-7 says "none of the expected identities matched" and names both sides', async () => {
    const { store } = await pushed();
    await sign(store, person);
    const boss = personRoot('default', 'boss@example.com', world.oidc.issuer);
    const answer = await ask({ store, trust, roots: [boss], with: logged });
    expect(answer).toMatchObject({ class: 'identity_mismatch' });
    expect(detailOf(answer)).toContain('none of the expected identities matched');
    expect(detailOf(answer)).toContain('boss@example.com');
    expect(JSON.stringify(answer.found)).toContain('dev@example.com');
    const otherIssuer = personRoot('default', 'dev@example.com', 'https://accounts.example.com');
    expect(detailOf(await ask({ store, trust, roots: [otherIssuer], with: logged }))).toContain(
      'none of the expected identities matched',
    );
  });

  it('COS-7 takes a signature by a bare key for nobody', async () => {
    const { store } = await pushed();
    await sign(store, testKey('default'));
    expect(await ask({ store, trust, roots: [dev] })).toMatchObject({ class: 'identity_mismatch' });
  });

  it('COS-10 gives two overlapping people two signers before it counts two', async () => {
    const { store } = await pushed();
    await sign(store, person, { formats: ['bundle'] });
    const anybody: CosignTrustRoot = {
      ...dev,
      name: 'anybody',
      subject: { match: 'pattern', pattern: '.*' },
    } as CosignTrustRoot;
    const roots = [anybody, dev];
    const both = { ...logged, trustRoot: '*', threshold: 2 };
    expect(detailOf(await ask({ store, trust, roots, with: both }))).toContain('(1/2)');
    await sign(store, await personIn(world, undefined, { sub: 'ops', email: 'ops@example.com' }), {
      formats: ['bundle'],
    });
    expect(await ask({ store, trust, roots, with: both })).toMatchObject({ outcome: 'accepted' });
  });
});

describe('trust material', () => {
  const noPublic = new Fault({ code: 'trust-repository-unreachable', message: 'Nobody answers.', hint: 'Try again.' });
  const publicTrust = () => ({ state: 'failed', fault: noPublic }) as const;

  it('COS-9 fails only the rules that need what is lacking, in the class config', async () => {
    const { store } = await pushed();
    await sign(store, loggingSigner('default'));
    expect(await ask({ store, publicTrust })).toMatchObject({ outcome: 'accepted' });
    const answer = await ask({ store, publicTrust, with: logged });
    expect(answer).toMatchObject({ class: 'config', nextStep: expect.stringContaining('host.trustedRoot') });
    expect(detailOf(answer)).toContain('error getting verifiers');
    expect(detailOf(answer)).toContain('Nobody answers.');
  });

  it('COS-9 takes single keys of the configuration before the public services', async () => {
    const { store } = await pushed();
    await sign(store, person);
    const { fulcioRoots, rekorKey, ctLogKey } = world.pem;
    const host = { fulcioRoots, rekorKeys: rekorKey, ctLogKey };
    const asked = { store, publicTrust, roots: [dev], with: logged };
    expect(await ask({ ...asked, settings: { trust: host } })).toMatchObject({ outcome: 'accepted' });
    expect(await ask({ ...asked, settings: { trust: { fulcioRoots, rekorKeys: rekorKey } } })).toMatchObject({
      class: 'config',
      detail: expect.stringContaining('certificate log'),
    });
    const broken = { ...host, ctLogKey: 'no key' };
    expect(detailOf(await ask({ ...asked, settings: { trust: broken } }))).toContain('host.ctLogPubkey');
  });

  it('COS-9 takes a whole trusted root of the configuration instead of everything else', async () => {
    const { store } = await pushed();
    await sign(store, person);
    const asked = { store, roots: [dev], with: logged };
    const trustedRoot = { ...asked, trust: noTrust, settings: { trust: { trustedRoot: trust } } };
    expect(await ask(trustedRoot)).toMatchObject({ outcome: 'accepted' });
    expect(await ask({ ...asked, trust, settings: { trust: { trustedRoot: noTrust } } })).toMatchObject({
      class: 'config',
    });
  });

  it('COS-8 needs keys of certificate logs for people only, and only while the rule verifies them', async () => {
    const { store } = await pushed();
    await sign(store, person, { formats: ['legacy'] });
    const without = { ...trust, certificateLogs: [] };
    expect(await ask({ store, trust: without, roots: [dev], with: logged })).toMatchObject({ class: 'config' });
    const skipped = { ...logged, verifySct: false };
    expect(await ask({ store, trust: without, roots: [dev], with: skipped })).toMatchObject({ outcome: 'accepted' });
    const foreign = await startSigstore({ now: () => noon.getTime() });
    const otherLogs = parseTrustedRoot(Buffer.from(JSON.stringify(foreign.trustedRoot)), 'another world');
    await foreign.close();
    const wrong = { ...trust, certificateLogs: otherLogs.certificateLogs };
    expect(await ask({ store, trust: wrong, roots: [dev], with: logged })).toMatchObject({ class: 'sct' });
    await sign(store, loggingSigner('key'), { formats: ['legacy'] });
    expect(
      await ask({ store, trust: without, roots: [keyRoot('key')], with: { ...logged, trustRoot: 'key' } }),
    ).toMatchObject({
      outcome: 'accepted',
    });
  });
});

describe('the transparency log', () => {
  it('COS-5 demands an entry unless the rule says otherwise, for both formats', async () => {
    const { store } = await pushed();
    await sign(store, testKey('default'));
    const answer = await ask({ store, trust, with: logged });
    expect(answer).toMatchObject({
      class: 'tlog',
      nextStep: expect.stringContaining('verifyInTransparencyLog: false'),
    });
    expect(await ask({ store, trust })).toMatchObject({ outcome: 'accepted' });
    await sign(store, loggingSigner('default'), { formats: ['bundle'] });
    expect(await ask({ store, trust, with: logged })).toMatchObject({ outcome: 'accepted' });
  });

  it('COS-5 finds the entry of a signature that was stored without it, unless the rule forbids asking', async () => {
    const { store } = await pushed();
    await sign(store, loggingSigner('default'), { formats: ['legacy'] });
    // The same payload and key: what was logged for the one is the entry of the other.
    const bare = await pushed();
    const copy = await store.manifest(`sha256-${bare.digest.slice(7)}.sig`);
    const manifest = JSON.parse(Buffer.from(copy!.bytes).toString()) as {
      layers: { annotations: Record<string, string>; digest: string; size: number }[];
      config: { digest: string; size: number };
    };
    delete manifest.layers[0]!.annotations['dev.sigstore.cosign/bundle'];
    for (const part of [manifest.config, ...manifest.layers]) {
      const bytes = Buffer.concat(await Array.fromAsync((await store.blob(part))!));
      await bare.store.putBlob({ digest: part.digest, size: part.size, open: () => [bytes] });
    }
    const bytes = Buffer.from(JSON.stringify(manifest));
    await bare.store.putManifest({
      bytes,
      mediaType: copy!.descriptor.mediaType,
      tag: `sha256-${bare.digest.slice(7)}.sig`,
    });
    const rekor = { store: bare.store, trust, settings: { rekor: world.rekorUrl }, fetch: () => fetch };
    const online = { ...logged, offline: false };
    const answer = await ask({ ...rekor, with: online });
    expect(answer).toMatchObject({ outcome: 'accepted' });
    expect(answer.found[0]?.location).toContain('found online');
    expect(await ask({ ...rekor, with: logged })).toMatchObject({ class: 'tlog' });
    const away = () => () => Promise.reject(new TypeError('fetch failed'));
    const unreached = await ask({ ...rekor, fetch: away, with: online });
    expect(unreached).toMatchObject({ class: 'registry_unreachable' });
    expect(detailOf(unreached)).toContain('no answer of the transparency log');
    expect(unreached).toMatchObject({ nextStep: expect.stringContaining('with.offline: true') });
    const asked = world.asked('rekor').length;
    await sign(bare.store, loggingSigner('default'), { formats: ['bundle'], target: bare.digest });
    const logging = world.asked('rekor').length - asked;
    expect(await ask({ ...rekor, with: online })).toMatchObject({ outcome: 'accepted' });
    expect(world.asked('rekor'), 'a log that could change nothing is not asked').toHaveLength(asked + logging);
    await ask({ ...rekor, roots: [keyRoot('default', testKey('stranger'))], with: online });
    expect(world.asked('rekor')).toHaveLength(asked + logging);
  });

  it('COS-6 takes the time of a second-generation entry from a timestamp', async () => {
    const { store } = await pushed();
    await sign(store, await personIn(world, { log: 'v2', tsa: true }), { formats: ['bundle'] });
    const answer = await ask({ store, trust, roots: [dev], with: logged, now: later });
    expect(answer).toMatchObject({ outcome: 'accepted' });
    expect(answer.found.map(({ text }) => text).join()).toContain('signed timestamp 2026-01-02T12:00:00');
  });

  it('COS-5 demands signed timestamps where the rule does', async () => {
    const { store } = await pushed();
    await sign(store, person);
    const demanded = { ...logged, useSignedTimestamps: true };
    expect(await ask({ store, trust, roots: [dev], with: demanded })).toMatchObject({ class: 'timestamp' });
    await sign(store, await personIn(world, { log: 'v1', tsa: true }));
    expect(await ask({ store, trust, roots: [dev], with: demanded })).toMatchObject({ outcome: 'accepted' });
  });
});
