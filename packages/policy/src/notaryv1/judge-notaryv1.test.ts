/** What the judge believes of trust data, and what it does not. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NotaryV1Settings, RuleOptions } from '../configuration/policy.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import { certify, pemOf } from '../notation/certificates-fixture.ts';
import { imageNamed, ruleWith } from '../notation/world-fixture.ts';
import type { FetchedDelegation } from './delegations.ts';
import { judgeNotaryV1 } from './judge-notaryv1.ts';
import { ed25519Key, noon, publicPem, repository, signed, signingKey } from './trust-data-fixture.ts';
import type { DelegationWish, RepositoryWish, SigningKey } from './trust-data-fixture.ts';

const [one, two] = ['a'.repeat(64), 'b'.repeat(64)];
const targets = { '1': one, '2': two };
let x509Root: SigningKey;

beforeAll(async () => {
  x509Root = signingKey('root', pemOf((await certify({ name: 'docker.io/library/web', key: 'root' })).der));
});

interface Asking {
  readonly image?: string;
  readonly options?: Partial<RuleOptions>;
  readonly roots?: Readonly<Record<string, string>>;
  readonly documents?: ReadonlyMap<string, Buffer>;
  readonly delegations?: ReadonlyMap<string, FetchedDelegation>;
  readonly now?: Date;
}

function settings(roots: Readonly<Record<string, string>> = { default: publicPem('root') }): NotaryV1Settings {
  const trustRoots = new Map(Object.entries(roots).map(([name, pem]) => [name, { name, pem }]));
  return { type: 'notaryv1', name: 'hub', host: 'https://notary.docker.io', trustRoots };
}

function judge(wish: RepositoryWish = {}, asking: Asking = {}): ValidatorAnswer {
  const documents = asking.documents ?? repository({ targets, ...wish });
  const at = (role: string): Buffer => documents.get(role) ?? Buffer.alloc(0);
  const there = [...documents].filter(([name]) => name.startsWith('targets/'));
  const fetched =
    asking.delegations ?? new Map(there.map(([name, bytes]) => [name, { state: 'there', bytes } as const]));
  const question = {
    ...{ settings: settings(asking.roots), rule: ruleWith(asking.options), now: asking.now ?? noon },
    image: imageNamed(asking.image ?? 'web:1'),
  };
  const base = { root: at('root'), targets: at('targets'), snapshot: at('snapshot'), timestamp: at('timestamp') };
  return judgeNotaryV1(question, base, fetched);
}

function refusal(answer: ValidatorAnswer) {
  if (answer.outcome !== 'refused') throw new Error('it was accepted');
  return [answer.class, answer.detail] as const;
}

describe('a signed tag', () => {
  it('NV1-8 is accepted with the digest that was signed', () => {
    expect(judge()).toMatchObject({ outcome: 'accepted', digest: `sha256:${one}` });
    expect(judge({}, { image: 'web:2' })).toMatchObject({ digest: `sha256:${two}` });
    expect(judge({}, { image: `web@sha256:${two}` })).toMatchObject({ digest: `sha256:${two}` });
    expect(judge({}, { image: `web:1@sha256:${one}` })).toMatchObject({ digest: `sha256:${one}` });
  });

  it('is refused when it is not there, whatever it is called', () => {
    for (const tag of ['3', 'constructor', '__proto__'])
      expect(refusal(judge({}, { image: `web:${tag}` }))).toEqual([
        'no_signature',
        `validated targets don't contain reference: no tag '${tag}' found in targets`,
      ]);
    const absent = refusal(judge({}, { image: `web@sha256:${'c'.repeat(64)}` }));
    expect(absent).toEqual(['no_signature', expect.stringContaining("no digest 'sha256:ccc")]);
  });

  it('is refused when the image names another digest than was signed', () => {
    const [kind, detail] = refusal(judge({}, { image: `web:1@sha256:${two}` }));
    expect([kind, detail]).toEqual([
      'wrong_digest',
      `digest sha256:${one} resolved for tag 1 doesn't match given digest sha256:${two}`,
    ]);
  });

  it('says how to sign it', () => {
    expect(judge({}, { image: 'web:3' })).toMatchObject({
      nextStep: 'Sign the image: docker trust sign docker.io/library/web:3',
    });
  });
});

describe('keys', () => {
  it('NV1-6 may be ECDSA, RSA or Ed25519, bare or in certificates, with either padding', async () => {
    const rsaCertificate = pemOf((await certify({ name: 'rsa', key: 'rsa2048' })).der);
    const keys = [
      signingKey('p384'),
      signingKey('p521'),
      signingKey('rsa2048'),
      signingKey('rsa2048', undefined, 'rsapkcs1v15'),
      signingKey('rsa2048', rsaCertificate),
      ed25519Key(),
    ];
    for (const key of keys) expect(judge({ roleKeys: [key] })).toMatchObject({ outcome: 'accepted' });
    expect(judge({ rootKeys: [x509Root] })).toMatchObject({ outcome: 'accepted' });
    const rsa = { rootKeys: [signingKey('rsa3072')] };
    expect(judge(rsa, { roots: { default: publicPem('rsa3072') } })).toMatchObject({ outcome: 'accepted' });
  });

  it('sign only in the way of their kind', () => {
    for (const method of ['rsapss', 'eddsa', 'none'])
      expect(refusal(judge({ roleKeys: [{ ...signingKey('p256'), method: method as 'ecdsa' }] }))[0]).toBe('wrong_key');
    const named = { ...signingKey('p256'), entry: signingKey('p256').entry, id: signingKey('p384').id };
    expect(refusal(judge({ roleKeys: [named] }))[1]).toContain('is not the one its name says');
    expect(refusal(judge({ roleKeys: [signingKey('rsa1024')] }))[0]).toBe('wrong_key');
  });

  it('NV1-3 are the pinned ones: all of them under *, the named one otherwise', () => {
    const both = { a: publicPem('root'), b: publicPem('other') };
    const options = { trustRoot: '*' };
    expect(judge({ rootKeys: [signingKey('root'), signingKey('other')] }, { roots: both, options })).toMatchObject({
      outcome: 'accepted',
    });
    const [kind, detail] = refusal(judge({}, { roots: both, options }));
    expect([kind, detail]).toEqual([
      'wrong_key',
      expect.stringContaining('error validating root signature with key b (SHA256:'),
    ]);
    expect(judge({}, { roots: both, options: { trustRoot: 'a' } })).toMatchObject({ outcome: 'accepted' });
    expect(refusal(judge({}, { options: { trustRoot: 'c' } }))).toEqual([
      'config',
      expect.stringContaining('unable to find trust root c'),
    ]);
  });

  it('NV1-3 are PEM and nothing else', () => {
    const pem = publicPem('root');
    const bare = pem.replaceAll(/-----.*?-----|\n/g, '');
    const wrong: readonly (readonly [string, string])[] = [
      [bare, 'wrong format, provide a PEM encoded public key'],
      ['', 'wrong format'],
      [`${pem}and more`, 'contains extraneous characters'],
      [pem.replace('MFk', 'AAA'), 'error parsing public key default'],
    ];
    for (const [text, expected] of wrong)
      expect(refusal(judge({}, { roots: { default: text } }))).toEqual(['config', expect.stringContaining(expected)]);
    expect(judge({}, { roots: { default: `\n${pem}\n\n` } })).toMatchObject({ outcome: 'accepted' });
  });

  it('are counted once each, up to the threshold', () => {
    const [p256, p384] = [signingKey('p256'), signingKey('p384')];
    const pair = { roleKeys: [p256, p384], threshold: 2 };
    expect(judge(pair)).toMatchObject({ outcome: 'accepted' });
    expect(refusal(judge({ ...pair, signers: [p256] }))[1]).toContain('error validating targets signatures: 1 of 2');
    expect(refusal(judge({ ...pair, signers: [p256, p256] }))[1]).toContain('1 of 2');
    expect(refusal(judge({ threshold: 0 }))[1]).toContain('needs no signature');
    expect(refusal(judge({ signers: [p384] }))[1]).toContain('0 of 1');
  });

  it('count once where the same key has two names', async () => {
    const certificate = pemOf((await certify({ name: 'twin', key: 'p256' })).der);
    const twins = [signingKey('p256'), signingKey('p256', certificate)];
    expect(refusal(judge({ roleKeys: twins, threshold: 2 }))[1]).toContain('1 of 2');
  });
});

describe('documents', () => {
  const past = { expires: '2026-06-01T11:59:59Z' };
  it.each(['root', 'targets', 'snapshot', 'timestamp'])('NV1-5 of %s expire', (role) => {
    expect(refusal(judge({ change: { [role]: past } }))).toEqual([
      'timestamp',
      expect.stringContaining(`${role} trust data expired`),
    ]);
  });

  it.each(['root', 'targets', 'snapshot'])('NV1-6 of %s are the ones that are listed', (role) => {
    const other = Buffer.alloc(32).toString('base64');
    const spoilt: readonly ((meta: { hashes: object }) => object | undefined)[] = [
      (meta) => ({ ...meta, hashes: { ...meta.hashes, sha256: other } }),
      (meta) => ({ ...meta, hashes: { ...meta.hashes, sha512: other } }),
      (meta) => ({ ...meta, hashes: {} }),
      () => undefined,
    ];
    for (const spoil of spoilt) {
      const wish: RepositoryWish = { listed: (name, meta) => (name === role ? spoil(meta) : meta) };
      expect(refusal(judge(wish))).toEqual([
        'wrong_key',
        expect.stringContaining(`error validating ${role} checksums`),
      ]);
    }
  });

  it('may disagree about lengths and versions unless strictTuf is set', () => {
    const wishes: readonly RepositoryWish[] = [
      { listed: (_, meta) => ({ ...meta, length: 1 }) },
      { listed: (_, meta) => ({ ...meta, version: 9 }) },
      { change: { targets: { version: 0 } } },
    ];
    for (const wish of wishes) {
      expect(judge(wish)).toMatchObject({ outcome: 'accepted' });
      expect(refusal(judge(wish, { options: { strictTuf: true } }))[1]).toContain('checksums');
    }
    expect(judge({}, { options: { strictTuf: true } })).toMatchObject({ outcome: 'accepted' });
  });

  it('are refused when a byte of what was signed was changed, and when they stand in for another', () => {
    const documents = new Map(repository({ targets }));
    const altered = documents.get('targets')!.toString().replace('"length":528', '"length":529');
    expect(refusal(judge({}, { documents: new Map([...documents, ['targets', Buffer.from(altered)]]) }))[1]).toContain(
      'error validating targets signatures',
    );
    const swapped = new Map([...documents, ['targets', documents.get('snapshot')!]]);
    expect(refusal(judge({}, { documents: swapped }))[1]).toContain('error parsing trust data for targets');
    const asTargets = signed(
      { _type: 'Snapshot', expires: '2030-01-01T00:00:00Z', version: 1, targets: {}, meta: {} },
      [signingKey('p256')],
    );
    expect(refusal(judge({}, { documents: new Map([...documents, ['targets', asTargets]]) }))[1]).toContain(
      'it says it is Snapshot',
    );
  });

  it('VAL-3 are no crash, whatever they are', () => {
    const documents = repository({ targets });
    const role = fc.constantFrom('root', 'targets', 'snapshot', 'timestamp');
    const anything = fc.oneof(
      fc.json(),
      fc.string(),
      fc.json().map((text) => `{"signed":${text},"signatures":[]}`),
    );
    fc.assert(
      fc.property(role, anything, (name, text) => {
        expect(judge({}, { documents: new Map([...documents, [name, Buffer.from(text)]]) }).outcome).toBe('refused');
      }),
      { numRuns: 80 },
    );
  });

  it('VAL-3 keep their word when any byte of them changes', () => {
    const documents = repository({ targets });
    const change = fc.record({
      name: fc.constantFrom('root', 'targets', 'snapshot'),
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(change, ({ name, at, by }) => {
        const bytes = Buffer.from(documents.get(name)!);
        bytes[at % bytes.length]! ^= by;
        expect(judge({}, { documents: new Map([...documents, [name, bytes]]) }).outcome).toBe('refused');
      }),
      { numRuns: 60 },
    );
  });
});

describe('delegations', () => {
  const keys = [signingKey('p384')];
  const releases: DelegationWish = { name: 'targets/releases', keys, targets: { '1': two } };
  const alice: DelegationWish = { name: 'targets/alice', keys, targets: { '1': two } };

  it('NV1-7 speak for the repository where there are any, the releases by themselves', () => {
    expect(judge({ delegations: [releases] })).toMatchObject({ digest: `sha256:${two}` });
    expect(
      judge({ delegations: [releases, alice] }, { options: { delegations: ['alice', 'targets/releases'] } }),
    ).toMatchObject({ digest: `sha256:${two}` });
  });

  it('NV1-7 are all there that are configured', () => {
    const asked = { options: { delegations: ['bob'] } };
    expect(refusal(judge({}, asked))).toEqual([
      'required_missing',
      expect.stringContaining('no delegations found for validator hub'),
    ]);
    expect(refusal(judge({ delegations: [alice] }, asked))).toEqual([
      'required_missing',
      expect.stringContaining('delegation targets/bob not found'),
    ]);
    const dotted = { name: 'targets/../../x', keys, targets: {} };
    expect(refusal(judge({ delegations: [dotted] }, { options: { delegations: ['../x'] } }))[0]).toBe(
      'required_missing',
    );
  });

  it('NV1-7 that were added and never used leave the targets their say, but not when they are configured', () => {
    const unused = { name: 'targets/releases', keys };
    expect(judge({ delegations: [unused] })).toMatchObject({ digest: `sha256:${one}` });
    expect(refusal(judge({ delegations: [unused] }, { options: { delegations: ['releases'] } }))[1]).toMatch(
      /^error during download and validation of delegations for targets: .*the server has none/,
    );
    const hidden = { delegations: new Map([['targets/releases', { state: 'absent' } as const]]) };
    expect(refusal(judge({ delegations: [releases] }, hidden))[0]).toBe('required_missing');
  });

  it('are verified as everything else is', () => {
    const wrong: readonly DelegationWish[] = [
      { ...releases, signers: [signingKey('p256')] },
      { ...releases, threshold: 2 },
      { ...releases, change: { expires: '2026-06-01T11:00:00Z' } },
      { ...releases, change: { _type: 'Root' } },
    ];
    for (const delegation of wrong)
      expect(refusal(judge({ delegations: [delegation] }))[1]).toContain(
        'error during download and validation of delegations for targets',
      );
    const listed: RepositoryWish['listed'] = (name, meta) =>
      name === 'targets/releases' ? { ...meta, hashes: { sha256: '' } } : meta;
    expect(refusal(judge({ delegations: [releases], listed }))[1]).toContain(
      'error validating targets/releases checksums',
    );
  });

  it('name only what they may name', () => {
    for (const paths of [['2'], [], null]) {
      const [kind, detail] = refusal(judge({ delegations: [{ ...releases, paths }] }));
      expect([kind, detail]).toEqual(['no_signature', expect.stringContaining("no tag '1' found in targets")]);
    }
    expect(judge({ delegations: [{ ...releases, paths: ['2', '1'] }] })).toMatchObject({ outcome: 'accepted' });
  });

  it('NV1-9 agree on one digest', () => {
    const split = [releases, { ...alice, targets: { '1': one } }];
    const [kind, detail] = refusal(judge({ delegations: split }, { options: { delegations: ['alice', 'releases'] } }));
    expect([kind, detail]).toEqual([
      'wrong_digest',
      expect.stringMatching(/^validator hub found 2 digests for image .*web:1, expected 1/),
    ]);
    const silent = [releases, { ...alice, targets: {} }];
    expect(refusal(judge({ delegations: silent }, { options: { delegations: ['alice', 'releases'] } }))[0]).toBe(
      'no_signature',
    );
  });
});
