/** What the real cosign signs is accepted here, and the commands that refusals name lead there, with both generations. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient } from '@pratique/oci';
import type { RegistryClient } from '@pratique/oci';
import { startRegistry } from '@pratique/registry';
import type { RunningRegistry } from '@pratique/registry';
import { generateSigningKey } from '@pratique/sigstore';
import type { KeyPairFiles } from '@pratique/sigstore';
import { buildImage, pushImage } from '@pratique/testbed/images';
import { needsPeer, runPeer } from '@pratique/testbed/peers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RuleOptions } from '../configuration/policy.ts';
import { image, rule, settings, surroundings } from './cosign-fixture.ts';
import { createCosignValidator } from './cosign-validator.ts';

const old = needsPeer('cosign-2');
const current = needsPeer('cosign-3');
const approval = 'https://example.com/approval/v1';

let folder: string;
let registry: RunningRegistry;
let client: RegistryClient;
let files: KeyPairFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pratique-policy-peers-'));
  files = await generateSigningKey({ password: Buffer.from('a password') });
  await writeFile(join(folder, 'cosign.key'), files.privatePem);
  await writeFile(join(folder, 'FILE'), '{"approved":true}');
  registry = await startRegistry({ folder: join(folder, 'registry'), durable: false });
  client = createRegistryClient({ userAgent: 'pratique-test', now: () => new Date(), random: Math.random });
});
afterAll(async () => {
  await client.close();
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

async function push(name: string): Promise<string> {
  const store = client.repository({ registry: registry.address, repository: name });
  await pushImage(store, await buildImage({ layers: [{ name }] }), '1');
  return `${registry.address}/${name}:1`;
}

async function ask(text: string, demanded: Partial<RuleOptions> = {}) {
  const root = { kind: 'key', name: 'default', source: { kind: 'inline', key: files.publicKey } } as const;
  const repository = (where: { readonly registry: string; readonly repository: string }) =>
    Promise.resolve(client.repository(where));
  const validator = createCosignValidator(settings([root]), surroundings({ repository }));
  const { signal } = new AbortController();
  const answer = await validator.validate({ image: image(text), rule: rule(demanded), now: new Date(), signal });
  return answer.outcome === 'accepted'
    ? { outcome: 'accepted', found: answer.found.map((one) => one.text).join(), nextStep: '' }
    : { outcome: answer.class, found: '', nextStep: answer.nextStep };
}

/** Does what a refusal says, as the person would who reads it. */
async function obey(path: string | undefined, nextStep: string, generation: 2 | 3): Promise<void> {
  const command = /cosign ((?:sign|attest) \S.*?) \(/.exec(nextStep)?.[1] ?? 'no command';
  const more = generation === 3 ? (/cosign 3 needs (.*?) as well/.exec(nextStep)?.[1] ?? '') : '';
  const words = [...command.split(' '), ...more.split(' '), '-y'].filter((word) => word !== '');
  const { code, stderr } = await runPeer(path, words, { cwd: folder, env: { COSIGN_PASSWORD: 'a password' } });
  expect(stderr, words.join(' ')).not.toContain('Error');
  expect(code, words.join(' ')).toBe(0);
}

old.describe('cosign 2', () => {
  it('COS-10 the command of a refusal, obeyed with cosign 2, leads to acceptance', async () => {
    const text = await push('team/two');
    const refused = await ask(text);
    expect(refused.outcome).toBe('no_signature');
    await obey(old.path, refused.nextStep, 2);
    expect(await ask(text)).toMatchObject({ outcome: 'accepted', found: expect.stringContaining('(legacy)') });
    const demand = {
      attestations: [{ predicateType: approval, trustRoot: 'default', conditions: ['predicate.approved'] }],
    };
    const unattested = await ask(text, demand);
    expect(unattested.outcome).toBe('attestation');
    await obey(old.path, unattested.nextStep, 2);
    // A type that cosign does not know is attested as a custom one, its file as `Data`; the type is the one that was asked for.
    const custom = demand.attestations.map((one) => ({ ...one, conditions: ['size(predicate) > 0'] }));
    expect(await ask(text, { attestations: custom })).toMatchObject({ outcome: 'accepted' });
  });
});

current.describe('cosign 3', () => {
  it('COS-4 the command of a refusal, obeyed with cosign 3, leads to acceptance in either format', async () => {
    for (const signatureFormat of ['auto', 'legacy'] as const) {
      const text = await push(`team/three-${signatureFormat}`);
      const refused = await ask(text, { signatureFormat });
      expect(refused.outcome).toBe('no_signature');
      await obey(current.path, refused.nextStep, 3);
      const format = signatureFormat === 'auto' ? '(bundle)' : '(legacy)';
      expect(await ask(text, { signatureFormat })).toMatchObject({
        outcome: 'accepted',
        found: expect.stringContaining(format),
      });
    }
  });
});
