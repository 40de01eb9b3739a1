/** What the real notation signs is accepted here, in both envelopes and with a timestamp; what it refuses is refused here. */
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient, digestOf, mediaTypes } from '@pratique/oci';
import type { Descriptor, RegistryClient } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import type { RunningRegistry } from '@pratique/registry';
import { needsPeer, runPeer } from '@pratique/testbed/peers';
import type { PeerAnswer } from '@pratique/testbed/peers';
import { startSigstore } from '@pratique/testbed/sigstore';
import type { Sigstore } from '@pratique/testbed/sigstore';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NotationSettings, RuleOptions } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { certificateOf, certify, chainOf, pemOf } from './certificates-fixture.ts';
import type { Holder } from './certificates-fixture.ts';
import { coseEnvelope, jwsEnvelope } from './envelope-fixture.ts';
import { createNotationValidator } from './notation-validator.ts';
import { attach, imageNamed, ruleWith, surroundingsOf } from './world-fixture.ts';

const notation = needsPeer('notation');
const life = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2049-12-31T00:00:00Z') };

let folder: string;
let registry: RunningRegistry;
let client: RegistryClient;
let world: Sigstore;
let tsa: Server;
let roots: Record<'ours' | 'other', Holder>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-notation-'));
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  client = createRegistryClient({ userAgent: 'pratique-test', now: () => new Date(), random: Math.random });
  world = await startSigstore();
  tsa = await authorityAnswering200();
  roots = {
    ours: await certify({ name: 'Root', key: 'root', kind: 'authority', ...life }),
    other: await certify({ name: 'Other', key: 'other', kind: 'authority', ...life }),
  };
  const signers = {
    ec: await certify({ name: 'Release', key: 'p384', issuer: roots.ours, ...life }),
    rsa: await certify({ name: 'Release RSA', key: 'rsa3072', issuer: roots.ours, ...life }),
    stranger: await certify({ name: 'Stranger', key: 'p256', issuer: roots.other, ...life }),
  };
  await configureNotation(signers);
});

afterAll(async () => {
  await client.close();
  tsa.close();
  await Promise.all([world.close(), registry.close()]);
  await rm(folder, { recursive: true, force: true });
});

notation.describe('the notation validator and the real notation', () => {
  it('NTN-1 accepts what notation signs in a JWS and in a COSE envelope, by tag and by digest', async () => {
    for (const [format, key] of [
      ['jws', 'ec'],
      ['cose', 'rsa'],
    ] as const) {
      const image = await pushImage(`team/${format}`);
      expect(await run('sign', '--signature-format', format, '--key', key, image.byDigest)).toMatchObject({ code: 0 });
      const digest = image.digest;
      expect(await ask(image.byTag)).toMatchObject({ outcome: 'accepted', digest, warnings: [] });
      expect(await ask(image.byDigest)).toMatchObject({ outcome: 'accepted', digest });
    }
  });

  it('accepts the timestamp that notation had made, and demands one as notation does', async () => {
    const image = await pushImage('team/stamped');
    const stamp = [
      '--timestamp-url',
      `http://127.0.0.1:${(tsa.address() as AddressInfo).port}`,
      '--timestamp-root-cert',
      join(folder, 'tsa.pem'),
    ];
    for (const format of ['jws', 'cose'])
      expect(await run('sign', '--signature-format', format, '--key', 'ec', ...stamp, image.byDigest)).toMatchObject({
        code: 0,
      });
    expect(await ask(image.byTag, { timestamps: true })).toMatchObject({ outcome: 'accepted', digest: image.digest });
    const bare = await pushImage('team/bare');
    await run('sign', '--key', 'ec', bare.byDigest);
    const refused = await ask(bare.byTag, { timestamps: true });
    expect(refused).toMatchObject({ outcome: 'refused', class: 'timestamp' });
    expect(detailOf(refused)).toContain('no timestamp countersignature was found');
    expect(await run('verify', bare.byDigest)).toMatchObject({ code: 1 });
  });

  it('refuses strangers, and an image that was never signed, as notation does', async () => {
    const image = await pushImage('team/strange');
    expect(detailOf(await ask(image.byTag))).toContain('no signature is associated');
    expect((await run('verify', image.byDigest)).stderr).toContain('no signature is associated');
    await run('sign', '--key', 'stranger', image.byDigest);
    const refused = await ask(image.byTag);
    expect(refused).toMatchObject({ outcome: 'refused', class: 'wrong_key' });
    expect(detailOf(refused)).toContain('failed to verify signature');
    expect(await run('verify', image.byDigest)).toMatchObject({ code: 1 });
    const audited = await ask(image.byTag, { options: { verificationLevel: 'audit' } });
    expect(audited).toMatchObject({ outcome: 'accepted', warnings: [expect.stringContaining('authenticity failed')] });
  });

  it('agrees with notation about envelopes that are right and about those that are not', async () => {
    const now = new Date();
    const by = await certify({ name: 'Release', key: 'p256', issuer: roots.ours, ...life });
    const short = await certify({
      name: 'Old',
      key: 'p256',
      issuer: roots.ours,
      ...life,
      notAfter: new Date('2024-01-01T00:00:00Z'),
    });
    const server = await certify({ name: 'Server', key: 'p256', issuer: roots.ours, ...life, purposes: [serverAuth] });
    const [earlier, later] = [new Date(now.getTime() - 60_000), new Date(now.getTime() + 60_000)];
    const cases: readonly (readonly [string, boolean, (target: Descriptor) => Buffer])[] = [
      ['right', true, (target) => jwsEnvelope({ by, target, signingTime: earlier, expiry: later })],
      ['right-cose', true, (target) => coseEnvelope({ by, target, signingTime: earlier, expiry: later })],
      [
        'expired',
        false,
        (target) => jwsEnvelope({ by, target, signingTime: new Date('2024-01-01'), expiry: new Date('2024-01-02') }),
      ],
      ['other-size', false, (target) => coseEnvelope({ by, target: { ...target, size: 1 } })],
      ['dead-certificate', false, (target) => jwsEnvelope({ by: short, target })],
      ['server-certificate', false, (target) => coseEnvelope({ by: server, target })],
      ['chain-without-root', false, (target) => jwsEnvelope({ by, target, chain: [by.der] })],
      ['other-algorithm', false, (target) => jwsEnvelope({ by, target, algorithm: 'ES384' })],
      ['unmarked', false, (target) => coseEnvelope({ by, target, critical: ['io.cncf.notary.signingTime'] })],
    ];
    for (const [name, right, envelope] of cases) {
      const image = await pushImage(`team/${name}`);
      const bytes = envelope(image.descriptor);
      const mediaType = bytes[0] === 0x7b ? 'application/jose+json' : 'application/cose';
      await attach(client.repository(imageNamed(image.byTag)), image.descriptor, { mediaType, bytes });
      const [ours, theirs] = [await ask(image.byTag), await run('verify', image.byDigest)];
      expect([name, ours.outcome, theirs.code]).toEqual([name, right ? 'accepted' : 'refused', right ? 0 : 1]);
    }
  });
});

const serverAuth = '1.3.6.1.5.5.7.3.1';

function run(verb: 'sign' | 'verify', ...words: readonly string[]): Promise<PeerAnswer> {
  const env = { XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, DOCKER_CONFIG: folder };
  return runPeer(notation.path, [verb, '--insecure-registry', ...words], { cwd: folder, env });
}

async function ask(
  reference: string,
  { options, timestamps = false }: { readonly options?: Partial<RuleOptions>; readonly timestamps?: boolean } = {},
): Promise<ValidatorAnswer> {
  const image = imageNamed(reference);
  const tsa = { timestampCertificates: [tsaRoot()] };
  const root = { name: 'default', certificates: [certificateOf(roots.ours)], ...(timestamps ? tsa : {}) };
  const settings: NotationSettings = { type: 'notation', name: 'release', trustRoots: new Map([['default', root]]) };
  const surroundings = surroundingsOf(client.repository(image));
  const { signal } = new AbortController();
  return createNotationValidator(settings, surroundings).validate({
    image,
    rule: ruleWith(options),
    now: new Date(),
    signal,
  });
}

function detailOf(answer: ValidatorAnswer): string {
  return answer.outcome === 'refused' ? answer.detail : '';
}

async function pushImage(repository: string) {
  const host = registry.address;
  const store = client.repository({ registry: host, repository });
  const config = Buffer.from(JSON.stringify({ repository }));
  const described = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(config),
    size: config.length,
  };
  await store.putBlob({ ...described, open: () => [config] });
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: described, layers: [] };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const { descriptor } = await store.putManifest({ bytes, mediaType: mediaTypes.ociManifest, tag: '1' });
  const { digest, mediaType, size } = descriptor;
  return {
    digest,
    descriptor: { mediaType, digest, size },
    byTag: `${host}/${repository}:1`,
    byDigest: `${host}/${repository}@${digest}`,
  };
}

/** The world's authority answers 201, as sigstore's does; notation takes 200 only. */
async function authorityAnswering200(): Promise<Server> {
  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      const headers = { 'content-type': 'application/timestamp-query' };
      void fetch(world.tsaUrl, { method: 'POST', headers, body: Buffer.concat(pieces) })
        .then((answer) => answer.arrayBuffer())
        .then((body) =>
          response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(Buffer.from(body)),
        );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

function tsaRoot(): X509Certificate {
  return new X509Certificate(
    `-----BEGIN CERTIFICATE-----${world.pem.tsaChain.split('-----BEGIN CERTIFICATE-----')[2]}`,
  );
}

async function configureNotation(signers: Readonly<Record<string, Holder>>): Promise<void> {
  const home = join(folder, 'notation');
  const stores = { ca: pemOf(roots.ours.der), tsa: tsaRoot().toString() };
  for (const [type, pem] of Object.entries(stores)) {
    await mkdir(join(home, 'truststore', 'x509', type, 'ours'), { recursive: true });
    await writeFile(join(home, 'truststore', 'x509', type, 'ours', 'root.crt'), pem);
  }
  await writeFile(join(folder, 'tsa.pem'), tsaRoot().toString());
  const keys = [];
  for (const [name, holder] of Object.entries(signers)) {
    const [keyPath, certPath] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
    await writeFile(keyPath, holder.key.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(certPath, pemOf(...chainOf(holder)));
    keys.push({ name, keyPath, certPath });
  }
  await writeFile(join(home, 'signingkeys.json'), JSON.stringify({ keys }));
  const scope = (name: string, scopes: readonly string[], trustStores: readonly string[]) => ({
    ...{
      name,
      registryScopes: scopes,
      signatureVerification: { level: 'strict' },
      trustStores,
      trustedIdentities: ['*'],
    },
  });
  const stamped = [`${registry.address}/team/bare`];
  const trustPolicies = [scope('all', ['*'], ['ca:ours']), scope('stamped', stamped, ['ca:ours', 'tsa:ours'])];
  await writeFile(join(home, 'trustpolicy.json'), JSON.stringify({ version: '1.0', trustPolicies }));
}
