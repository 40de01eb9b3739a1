import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, buildIndex, pushImage, pushIndex } from '../images/build-image.ts';
import { needsPeer } from '../peers/peers.ts';
import { makeKeys, openWorkshop } from './tools.ts';
import type { Tool, Workshop } from './tools.ts';

const peers = (['cosign-2', 'cosign-3', 'oras', 'docker-registry'] as const).map((name) => needsPeer(name));
const allThere = peers.every(({ path }) => path !== undefined);
const signing = ['-y', '--tlog-upload=false'];
const signingWith3 = [...signing, '--use-signing-config=false'];
const verifying = ['--insecure-ignore-tlog', '--key', 'pratique.pub'];

describe.runIf(allThere)('what goes between our command and the real cosign', () => {
  let workshop: Workshop;
  beforeAll(async () => {
    workshop = await openWorkshop();
    await makeKeys(workshop);
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  /** Runs a tool that must succeed. */
  async function done(tool: Tool, ...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await workshop.run(tool, ...words);
    expect(code, `${tool} ${words.join(' ')}: ${stderr}`).toBe(0);
    return stdout;
  }

  /** The digest that a tool says was signed. */
  async function verifiedDigest(tool: Tool, reference: string): Promise<string | undefined> {
    const printed = JSON.parse(await done(tool, 'verify', ...verifying, reference)) as Claim[];
    return printed[0]?.critical.image['docker-manifest-digest'];
  }

  function registry(kind: 'with the referrers API' | 'without it' = 'with the referrers API'): string {
    return workshop.registries[kind];
  }

  async function image(repository: string, host = registry()): Promise<string> {
    await pushImage(workshop.store(host, repository), await buildImage({ layers: [{ repository }] }), '1');
    return `${host}/${repository}:1`;
  }

  async function platforms(repository: string): Promise<{ reference: string; digests: readonly string[] }> {
    const images = await Promise.all(
      ['amd64', 'arm64'].map(async (architecture) => {
        const platform = { os: 'linux', architecture };
        return { platform, image: await buildImage({ layers: [{ repository }], platform }) };
      }),
    );
    const name = `${registry()}/${repository}`;
    const index = await pushIndex(workshop.store(registry(), repository), buildIndex(images), '1');
    const children = images.map((one) => one.image.manifest.descriptor.digest);
    return { reference: `${name}:1`, digests: [index, ...children].map((digest) => `${name}@${digest}`) };
  }

  it('images of several platforms that we sign recursively are accepted one by one', async () => {
    const { reference, digests } = await platforms('recursive/ours');
    await done('pratique', 'sign', ...signing, '-r', '--key', 'pratique.key', reference);
    for (const digest of digests) {
      expect(digest).toContain(await verifiedDigest('cosign-2', digest));
      expect(digest).toContain(await verifiedDigest('cosign-3', digest));
    }
  });

  it.each([
    ['cosign-2', signing],
    ['cosign-3', signingWith3],
  ] as const)('images of several platforms that %s signs recursively are verified here', async (tool, flags) => {
    const { reference, digests } = await platforms(`recursive/${tool}`);
    await done(tool, 'sign', ...flags, '-r', '--key', 'pratique.key', reference);
    for (const digest of digests) expect(digest).toContain(await verifiedDigest('pratique', digest));
  });

  it('signatures that we copy to another kind of registry are accepted there', async () => {
    const source = await image('copied/from-here');
    await done('pratique', 'sign', ...signing, '--key', 'pratique.key', source);
    const signed = await verifiedDigest('pratique', source);
    const there = `${registry('without it')}/copied/there:1`;
    await done('pratique', 'copy', source, there);
    const back = `${registry()}/copied/back:1`;
    await done('pratique', 'copy', there, back);
    for (const tool of ['pratique', 'cosign-2', 'cosign-3'] as const) {
      expect(await verifiedDigest(tool, there)).toBe(signed);
      expect(await verifiedDigest(tool, back)).toBe(signed);
    }
  });

  it('signatures that cosign 2 or oras copied are verified here', async () => {
    const source = await image('copied/by-others');
    await done('pratique', 'sign', ...signing, '--key', 'pratique.key', source);
    await done('cosign-2', 'copy', source, `${registry()}/copied/by-cosign:1`);
    await done('oras', 'copy', '-r', '--from-plain-http', '--to-plain-http', source, `${registry()}/copied/by-oras:1`);
    const signed = await verifiedDigest('pratique', source);
    for (const place of ['by-cosign', 'by-oras']) {
      expect(await verifiedDigest('pratique', `${registry()}/copied/${place}:1`)).toBe(signed);
    }
  });

  it('attestations that we make are accepted by both generations', async () => {
    const reference = await image('attested/ours');
    const predicate = await workshop.file('predicate.json', '{"checked":true}');
    await done(
      'pratique',
      'attest',
      ...signing,
      '--type',
      'https://example.com/checked/v1',
      '--predicate',
      predicate,
      '--key',
      'pratique.key',
      reference,
    );
    for (const tool of ['pratique', 'cosign-2', 'cosign-3'] as const) {
      const envelopes = await done(
        tool,
        'verify-attestation',
        ...verifying,
        '--type',
        'https://example.com/checked/v1',
        reference,
      );
      expect(statementOf(envelopes).predicate).toEqual({ checked: true });
    }
  });

  it.each([
    ['cosign-2', signing],
    ['cosign-3', signingWith3],
  ] as const)('attestations that %s makes are verified here, and do not pass for a signature', async (tool, flags) => {
    const reference = await image(`attested/${tool}`);
    const predicate = await workshop.file('sbom.json', '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1}');
    await done(
      tool,
      'attest',
      ...flags,
      '--type',
      'cyclonedx',
      '--predicate',
      predicate,
      '--key',
      'pratique.key',
      reference,
    );
    const envelopes = await done('pratique', 'verify-attestation', ...verifying, '--type', 'cyclonedx', reference);
    expect(statementOf(envelopes).predicateType).toBe('https://cyclonedx.org/bom');
    expect((await workshop.run('pratique', 'verify', ...verifying, reference)).code).toBe(10);
  });

  it('files that we sign are accepted by both generations, and the other way round', async () => {
    const file = await workshop.file('release.txt', 'the release\n');
    await done('pratique', 'sign-blob', ...signing, '--key', 'pratique.key', '--bundle', 'ours.json', file);
    await done('cosign-3', 'verify-blob', ...verifying, '--bundle', 'ours.json', file);
    await done('cosign-3', 'sign-blob', ...signingWith3, '--key', 'pratique.key', '--bundle', 'three.json', file);
    await done('pratique', 'verify-blob', ...verifying, '--bundle', 'three.json', file);
    await done('cosign-2', 'sign-blob', ...signing, '--key', 'pratique.key', '--output-signature', 'two.sig', file);
    await done('pratique', 'verify-blob', ...verifying, '--signature', 'two.sig', file);
    await workshop.file('release.txt', 'another release\n');
    expect((await workshop.run('pratique', 'verify-blob', ...verifying, '--signature', 'two.sig', file)).code).toBe(1);
  });
});

/** An element of what `verify` prints. */
interface Claim {
  readonly critical: { readonly image: { readonly 'docker-manifest-digest': string } };
}

/** The statement in the first envelope or bundle that a tool printed. */
function statementOf(printed: string): { predicateType: string; predicate: unknown } {
  const line = JSON.parse(printed.trim().split('\n')[0]!) as { payload?: string; dsseEnvelope?: { payload: string } };
  const payload = line.payload ?? line.dsseEnvelope?.payload ?? '';
  return JSON.parse(Buffer.from(payload, 'base64').toString()) as { predicateType: string; predicate: unknown };
}
