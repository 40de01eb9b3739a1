/**
 * A small sigstore for tests and the demo: a certificate authority with its log, two transparency logs, a
 * time-stamping authority and the repository that says whom to trust, each over real HTTP on the loopback address.
 *
 * Parts of @sigstore/mock were not taken over: they take their validity from the machine's clock, put every entry into
 * a tree of its own and answer fewer requests than cosign makes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startIssuer } from '../oidc.ts';
import type { Issuer } from '../oidc.ts';
import { certificatePem, makeChain } from './certificates.ts';
import { fulcio } from './fulcio.ts';
import type { TrustedIssuer } from './fulcio.ts';
import { listen } from './http.ts';
import type { Listening } from './http.ts';
import { makeKey } from './keys.ts';
import { startLoginIssuer } from './login-issuer.ts';
import type { LoginIssuer } from './login-issuer.ts';
import { behindMutualTls } from './mutual-tls.ts';
import type { MutualTlsService } from './mutual-tls.ts';
import { rekor } from './rekor.ts';
import { rekorV2 } from './rekor-v2.ts';
import { timestampAuthority } from './timestamp-authority.ts';
import { signingConfigOf, trustedRootOf } from './trust-documents.ts';
import type { JsonDocument, LogChoice, WorldParts } from './trust-documents.ts';
import { makeTufRepository } from './tuf-repository.ts';
import type { TufRepository, TufTarget } from './tuf-repository.ts';

/** What a world may be started with. */
export interface SigstoreRequest {
  /** The time in milliseconds since 1970; the machine's clock when left out. Read anew for every answer. */
  readonly now?: () => number;
  /** Audience of identity tokens; `sigstore` when left out. */
  readonly audience?: string;
  /** Issuers to believe besides the world's own. */
  readonly issuers?: readonly TrustedIssuer[];
}

/** PEM texts for programs that read no trusted root. */
export interface PemMaterial {
  /** Root, then intermediate. */
  readonly fulcioRoots: string;
  readonly rekorKey: string;
  readonly ctLogKey: string;
  /** Signing certificate first. */
  readonly tsaChain: string;
}

/** Paths of files written by {@link Sigstore.writeFiles}. */
export interface WorldFiles {
  readonly trustedRoot: string;
  /** Log with API 1, and timestamps. */
  readonly signingConfig: string;
  /** Log with API 2, and timestamps. */
  readonly signingConfigV2: string;
  readonly tufRoot: string;
  readonly fulcioRoots: string;
  readonly rekorKey: string;
  readonly ctLogKey: string;
  readonly tsaChain: string;
}

/** A running world. */
export interface Sigstore extends AsyncDisposable {
  readonly fulcioUrl: string;
  /** API 1. */
  readonly rekorUrl: string;
  /** API 2. */
  readonly rekorV2Url: string;
  /** The full address that queries are posted to. */
  readonly tsaUrl: string;
  readonly tufUrl: string;
  /** The issuer whose tokens the authority believes. */
  readonly oidc: Issuer;
  /** An issuer at which `dev@example.com` logs in, believed too; signing configurations name it. */
  readonly login: LoginIssuer;
  /** trusted_root.json */
  readonly trustedRoot: JsonDocument;
  /** signing_config.v0.2.json with the log of API 1 and timestamps. */
  readonly signingConfig: JsonDocument;
  /** The same with another choice of services. */
  signingConfigWith(choice: { readonly log: LogChoice; readonly tsa: boolean }): JsonDocument;
  readonly pem: PemMaterial;
  readonly tuf: TufRepository;
  /** Requests so far as `METHOD path`, by service. */
  asked(service: 'fulcio' | 'rekor' | 'rekorV2' | 'tsa' | 'tuf'): readonly string[];
  /** A token for a person (`email`, verified) or with any claims. */
  token(claims?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The time-stamping authority for clients with a certificate. Close it yourself. */
  tsaBehindTls(): Promise<MutualTlsService>;
  /** Writes the documents into a folder, which is made when it is missing. */
  writeFiles(folder: string): Promise<WorldFiles>;
  close(): Promise<void>;
}

/**
 * Starts a world. Every key is new.
 *
 * @example
 * await using world = await startSigstore();
 * const token = await world.token({ email: 'dev@example.com', email_verified: true });
 */
export async function startSigstore(request: SigstoreRequest = {}): Promise<Sigstore> {
  const audience = request.audience ?? 'sigstore';
  const now = (): Date => new Date((request.now ?? Date.now)());
  const oidc = await startIssuer({ audience, ...(request.now && { now: request.now }) });
  const login = await startLoginIssuer({ audience, now, email: 'dev@example.com' });
  const issuers = [{ issuer: oidc.issuer }, { issuer: login.issuer }, ...(request.issuers ?? [])];
  const { parts, servers } = await startServices({ audience, now, issuers, login: login.issuer });
  const pem = pemOf(parts);
  const tuf = makeTufRepository(targetsOf(parts, pem), now);
  const tufServer = await listen((ask) => tuf.handle(ask));
  const all = { ...servers, tuf: tufServer };
  const close = async (): Promise<void> => {
    await Promise.all([oidc.stop(), login.close(), ...Object.values(all).map((server) => server.close())]);
  };
  return {
    ...{ fulcioUrl: parts.urls.fulcio, rekorUrl: parts.urls.rekor, rekorV2Url: parts.urls.rekorV2 },
    ...{ tsaUrl: parts.urls.tsa, tufUrl: tufServer.url, oidc, login, pem, tuf },
    trustedRoot: trustedRootOf(parts),
    signingConfig: signingConfigOf(parts, { log: 'v1', tsa: true }),
    signingConfigWith: (choice) => signingConfigOf(parts, choice),
    asked: (service) => [...all[service].asked],
    token: (claims = {}) => oidc.token({ sub: 'dev', email: 'dev@example.com', email_verified: true, ...claims }),
    tsaBehindTls: () => behindMutualTls(timestampAuthority({ chain: parts.tsaChain, now }), now()),
    writeFiles: (folder) => writeFiles(folder, parts, { pem, tufRoot: tuf.initialRoot }),
    ...{ close, [Symbol.asyncDispose]: close },
  };
}

interface Starting {
  readonly audience: string;
  readonly now: () => Date;
  /** The issuer at which people log in. */
  readonly login: string;
  readonly issuers: readonly TrustedIssuer[];
}

interface Started {
  readonly parts: WorldParts;
  readonly servers: Readonly<Record<'fulcio' | 'rekor' | 'rekorV2' | 'tsa', Listening>>;
}

async function startServices({ audience, now, issuers, login }: Starting): Promise<Started> {
  const [fulcioChain, tsaChain] = await Promise.all([
    makeChain('fulcio', 'issuer', now()),
    makeChain('tsa', 'timestamps', now()),
  ]);
  const keys = { ctLog: makeKey(), rekorKey: makeKey(), rekorV2Key: makeKey('ed25519') };
  const host = '127.0.0.1';
  const servers = {
    fulcio: await listen(fulcio({ chain: fulcioChain, ctLog: keys.ctLog, issuers, audience, now })),
    rekor: await listen(rekor({ key: keys.rekorKey, host, now })),
    rekorV2: await listen(rekorV2({ key: keys.rekorV2Key, host, now })),
    tsa: await listen(timestampAuthority({ chain: tsaChain, now })),
  };
  const urls = {
    ...{ fulcio: servers.fulcio.url, rekor: servers.rekor.url, rekorV2: servers.rekorV2.url },
    ...{ tsa: `${servers.tsa.url}/api/v1/timestamp`, oidc: login },
  };
  return { parts: { now: now(), urls, fulcioChain, tsaChain, ...keys }, servers };
}

function pemOf(parts: WorldParts): PemMaterial {
  const { fulcioChain, tsaChain } = parts;
  return {
    fulcioRoots: [fulcioChain.root, fulcioChain.below].map((one) => certificatePem(one.certificate)).join(''),
    rekorKey: parts.rekorKey.pem,
    ctLogKey: parts.ctLog.pem,
    tsaChain: [tsaChain.below, tsaChain.root].map((one) => certificatePem(one.certificate)).join(''),
  };
}

/** The documents, and the single files that clients before them look for by their usage. */
function targetsOf(parts: WorldParts, pem: PemMaterial): Readonly<Record<string, TufTarget>> {
  const single = (content: string, usage: string): TufTarget => ({
    content: Buffer.from(content),
    custom: { sigstore: { status: 'Active', usage } },
  });
  return {
    'trusted_root.json': { content: bytesOf(trustedRootOf(parts)) },
    'signing_config.v0.2.json': { content: bytesOf(signingConfigOf(parts, { log: 'v1', tsa: true })) },
    'signing_config_rekor_v2.v0.2.json': { content: bytesOf(signingConfigOf(parts, { log: 'v2', tsa: true })) },
    'fulcio_v1.crt.pem': single(certificatePem(parts.fulcioChain.root.certificate), 'Fulcio'),
    'fulcio_intermediate_v1.crt.pem': single(certificatePem(parts.fulcioChain.below.certificate), 'Fulcio'),
    'rekor.pub': single(pem.rekorKey, 'Rekor'),
    'ctfe.pub': single(pem.ctLogKey, 'CTFE'),
  };
}

function bytesOf(document: JsonDocument): Buffer {
  return Buffer.from(JSON.stringify(document, null, 2));
}

async function writeFiles(
  folder: string,
  parts: WorldParts,
  { pem, tufRoot }: { readonly pem: PemMaterial; readonly tufRoot: Buffer },
): Promise<WorldFiles> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  return {
    trustedRoot: await write('trusted_root.json', bytesOf(trustedRootOf(parts))),
    signingConfig: await write('signing_config.v0.2.json', bytesOf(signingConfigOf(parts, { log: 'v1', tsa: true }))),
    signingConfigV2: await write('signing_config_v2.json', bytesOf(signingConfigOf(parts, { log: 'v2', tsa: true }))),
    tufRoot: await write('root.json', tufRoot),
    fulcioRoots: await write('fulcio.pem', pem.fulcioRoots),
    rekorKey: await write('rekor.pub', pem.rekorKey),
    ctLogKey: await write('ctfe.pub', pem.ctLogKey),
    tsaChain: await write('tsa.pem', pem.tsaChain),
  };
}
