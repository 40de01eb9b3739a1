/** Images in memory, signed with fixed keys, and a validator that looks at them. */
import { createECDH, createPrivateKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createMemoryStore } from '@pratique/oci';
import type { ContentStore } from '@pratique/oci';
import { Fault } from '@pratique/runtime/fault';
import {
  attestImage,
  connectServices,
  keylessSigner,
  noTrust,
  parseSigningConfig,
  publicKeyOf,
  selectServices,
  signerFor,
  signImage,
} from '@pratique/sigstore';
import type { AttestRequest, PublicKey, SignImageRequest, SigningMaterial, TrustMaterial } from '@pratique/sigstore';
import { buildImage, buildIndex, pushImage, pushIndex } from '@pratique/testbed/images';
import type { Sigstore } from '@pratique/testbed/sigstore';
import type { CosignSettings, CosignTrustRoot, Rule, RuleOptions } from '../configuration/policy.ts';
import { parseImage } from '../image/parse-image.ts';
import type { CanonicalImage } from '../image/canonical-image.ts';
import type { ValidatorAnswer } from '../verdict.ts';
import type { ValidatorSurroundings } from '../validators/validator.ts';
import { createCosignValidator } from './cosign-validator.ts';
import { cosignLimits } from './evidence.ts';
import type { CosignLimits } from './evidence.ts';

export const noon = new Date('2026-01-02T12:00:00Z');
export const place = 'registry.example.com/team/app';

/** Both halves of a key. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

/** The same P-256 key for the same name, each time. */
export function testKey(name: string): TestKey {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(Buffer.alloc(32, name));
  const point = pair.getPublicKey();
  const part = (from: number): string => point.subarray(from, from + 32).toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: part(1), y: part(33), d: pair.getPrivateKey().toString('base64url') };
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

/** A trust root that is a key. */
export function keyRoot(name: string, key = testKey(name)): CosignTrustRoot {
  return { kind: 'key', name, source: { kind: 'inline', key: key.publicKey } };
}

/** A trust root that is a person. */
export function personRoot(name: string, subject: string, issuer: string): CosignTrustRoot {
  return {
    kind: 'keyless',
    name,
    subject: { match: 'exact', value: subject },
    issuer: { match: 'exact', value: issuer },
  };
}

export function image(text = `${place}:1.0`): CanonicalImage {
  const parsed = parseImage(text);
  if (parsed.state === 'invalid') throw new TypeError(parsed.problem);
  return parsed.image;
}

/** An empty repository. */
export function emptyStore(): ContentStore {
  return createMemoryStore({ name: place });
}

/** A repository with one image under 1.0. */
export async function pushed(text = 'hello', tag = '1.0', store = emptyStore()) {
  const digest = await pushImage(store, await buildImage({ layers: [{ 'hello.txt': text }] }), tag);
  return { store, digest };
}

/** A repository with an index of two platforms under 1.0. */
export async function pushedIndex() {
  const store = emptyStore();
  const entries = await Promise.all(
    ['amd64', 'arm64'].map(async (architecture) => {
      const platform = { os: 'linux', architecture };
      return { image: await buildImage({ layers: [{ a: architecture }], platform }), platform };
    }),
  );
  const digest = await pushIndex(store, buildIndex(entries), '1.0');
  const children = entries.map((entry) => entry.image.manifest.descriptor.digest);
  return { store, digest, children };
}

const writing = { now: noon, sleep: () => Promise.resolve(), random: () => 0.5 };

/** Signs what is under 1.0, in both formats unless told otherwise. */
export function sign(store: ContentStore, by: TestKey | SigningMaterial, more: Partial<SignImageRequest> = {}) {
  const material = 'privateKey' in by ? { signer: signerFor(by.privateKey) } : by;
  return signImage({ ...writing, store, target: '1.0', reference: image(), material, ...more });
}

/** Attests something about what is under 1.0. */
export function attest(
  store: ContentStore,
  by: TestKey | SigningMaterial,
  attested: {
    readonly uri: string;
    readonly value: Extract<AttestRequest['attested'], { kind: 'predicate' }>['value'];
  },
  more: Partial<AttestRequest> = {},
) {
  const material = 'privateKey' in by ? { signer: signerFor(by.privateKey) } : by;
  return attestImage({
    ...{ ...writing, store, target: '1.0', reference: image(), material },
    attested: { kind: 'predicate', ...attested },
    ...more,
  });
}

/** What a person of a world signs with. */
export async function personIn(
  world: Sigstore,
  choice: Parameters<Sigstore['signingConfigWith']>[0] = { log: 'v1', tsa: false },
  claims: Readonly<Record<string, unknown>> = {},
): Promise<SigningMaterial> {
  const config = parseSigningConfig(JSON.stringify(world.signingConfigWith(choice)));
  const access = { fetch: (url: string, init: RequestInit) => fetch(url, init), random: () => 0.5 };
  const services = connectServices(selectServices(config, noon), { access, now: () => noon, randomBytes });
  if (services.issuer === undefined) throw new TypeError('the world has an authority');
  const identityToken = await world.token(claims);
  return { ...services, ...(await keylessSigner({ issuer: services.issuer, identityToken, services })) };
}

/** Options of a rule: no log unless a test asks for it, the rest as without `with`. */
export function options(more: Partial<RuleOptions> = {}): RuleOptions {
  return {
    trustRoot: 'default',
    threshold: 0,
    required: [],
    delegations: [],
    verifyInTransparencyLog: false,
    verifySct: true,
    verificationLevel: 'strict',
    verifyTimestamp: 'always',
    signatureFormat: 'auto',
    annotations: {},
    attestations: [],
    useSignedTimestamps: false,
    requireRepositoryMatch: false,
    requireTagMatch: false,
    offline: true,
    strictTuf: false,
    ...more,
  };
}

/** A rule for everything. */
export function rule(more: Partial<RuleOptions> = {}, head: Partial<Rule> = {}): Rule {
  return {
    ...{ pattern: `${place}:*`, index: 0, hash: 'sha256:rule', validator: 'cosign', action: 'enforce', mode: 'mutate' },
    requireDigest: false,
    ...head,
    options: options(more),
  };
}

/** A cosign validator with these trust roots. */
export function settings(roots: readonly CosignTrustRoot[], more: Partial<CosignSettings> = {}): CosignSettings {
  return {
    ...{ type: 'cosign', name: 'cosign', rekor: 'https://rekor.invalid', trust: {} },
    trustRoots: new Map(roots.map((root) => [root.name, root])),
    ...more,
  };
}

/** What a test puts in the place of the program. */
export interface Around extends Partial<ValidatorSurroundings> {
  readonly store?: ContentStore;
  readonly trust?: TrustMaterial;
}

/** Surroundings without a network. */
export function surroundings({ store, trust, ...more }: Around = {}): ValidatorSurroundings {
  const nothing = new Fault({ code: 'nowhere', message: 'There is nothing here.', hint: 'Put something here.' });
  return {
    repository: () => Promise.resolve(store ?? emptyStore()),
    publicTrust: () => ({ state: 'there', value: trust ?? noTrust }),
    key: () => ({ state: 'failed', fault: nothing }),
    fetch: () => () => Promise.reject(new TypeError('a test without a network asked for one')),
    login: () => Promise.resolve(undefined),
    ...more,
  };
}

/** One question to a cosign validator. */
export interface Asked extends Around {
  readonly roots?: readonly CosignTrustRoot[];
  readonly settings?: Partial<CosignSettings>;
  readonly with?: Partial<RuleOptions>;
  readonly text?: string;
  readonly now?: Date;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<CosignLimits>;
}

/** What a cosign validator says. */
export function ask(asked: Asked): Promise<ValidatorAnswer> {
  const { roots = [keyRoot('default')], settings: more, with: demanded, text, now = noon, limits, ...around } = asked;
  const bounds = { ...cosignLimits, ...limits };
  const validator = createCosignValidator(settings(roots, more), surroundings(around), bounds);
  const signal = asked.signal ?? new AbortController().signal;
  return validator.validate({ image: image(text), rule: rule(demanded), now, signal });
}

/** The store with some calls that fail or answer otherwise. */
export function changedStore(store: ContentStore, calls: Partial<ContentStore>): ContentStore {
  return new Proxy(store, {
    get: (target, name) => {
      const own: unknown = Reflect.get(calls, name) ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}
