/** Who signs and who vouches for it: from flags to key, certificate, log and timestamps. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { excerpt } from '@pratique/runtime/fault';
import { readFileBounded } from '@pratique/runtime/limit';
import {
  ambientToken,
  connectServices,
  fulcioIssuer,
  keylessSigner,
  mutualTlsFetch,
  parseSigningConfig,
  readIdentityToken,
  rekorLog,
  selectServices,
  signingConfigLimit,
  timestampAuthority,
  tokenFile,
  trustTargets,
  type AmbientProvider,
  type CertificateIssuer,
  type IssuedCertificate,
  type ServiceAccess,
  type SigningMaterial,
  type TimestampAuthority,
  type TransparencyLog,
} from '@pratique/sigstore';
import { cliFault, usageFault } from '../errors.ts';
import { confirm } from './confirm.ts';
import { loadSigner, refuseTokens } from './keys.ts';
import { withAdvice } from './log-advice.ts';
import { readCertificates, readPem } from './policy.ts';
import { serviceAccess } from './service-access.ts';
import { chooseLog, type ServiceFlags, type SigningKeyFlags } from './sign-flags.ts';
import type { Surroundings } from './surroundings.ts';

/** Values of all flags that say who signs. */
export type MaterialFlags = SigningKeyFlags & ServiceFlags;

/** What material is made from. */
export interface MaterialWish {
  readonly flags: MaterialFlags;
  readonly isGiven: (key: string) => boolean;
  readonly surroundings: Surroundings;
  /** Asked before anything is opened or made public: that the result can be stored. */
  readonly preflight: () => Promise<void>;
}

interface Services {
  readonly issuer?: CertificateIssuer;
  readonly logs: readonly TransparencyLog[];
  readonly timestampAuthorities: readonly TimestampAuthority[];
}

/**
 * Opens the key, or becomes somebody for one run. Asks for consent where a public log is involved.
 *
 * @throws Fault of the key, the services, `declined`, `usage`
 */
export async function signingMaterial(wish: MaterialWish): Promise<SigningMaterial> {
  const { flags, surroundings } = wish;
  refuseTokens(flags);
  const services = await servicesOf(wish);
  await wish.preflight();
  // Without anybody to sign as there is nothing to ask about.
  const identityToken = flags.key === undefined ? await identityTokenOf(flags, surroundings) : undefined;
  for (const log of services.logs) await confirmPublic(log, wish);
  const { issuer: _issuer, ...rest } = services;
  if (flags.key !== undefined) {
    const signer = await loadSigner(flags.key, surroundings, {
      ...(flags.signatureDigestAlgorithm === undefined ? {} : { digest: flags.signatureDigestAlgorithm }),
      prehashed: services.logs.length > 0,
    });
    return { signer, ...rest, ...(await ownCertificate(flags)) };
  }
  return { ...(await becomeSomebody(services, identityToken ?? '')), ...rest };
}

async function becomeSomebody(
  { issuer, logs, timestampAuthorities }: Services,
  identityToken: string,
): Promise<Pick<SigningMaterial, 'signer' | 'certificate'>> {
  if (issuer === undefined) {
    throw usageFault(
      'No certificate authority is known, and no key was given.',
      'Add --key cosign.key, or --fulcio-url.',
    );
  }
  const services = { logs, timestampAuthorities };
  const { signer, certificate } = await keylessSigner({ issuer, identityToken, services });
  return { signer, certificate };
}

async function servicesOf({ flags, isGiven, surroundings }: MaterialWish): Promise<Services> {
  const access = serviceAccess(surroundings);
  const connection = { access, now: surroundings.now, randomBytes: (length: number) => randomBytes(length) };
  const choice = chooseLog(flags, isGiven);
  if (choice === 'signing-config') {
    return connectServices(selectServices(await signingConfig(flags, surroundings), surroundings.now()), connection);
  }
  return {
    ...(flags.key === undefined
      ? { issuer: fulcioIssuer({ url: flags.fulcioUrl, access, now: surroundings.now }) }
      : {}),
    logs: choice === 'url' ? [withAdvice(rekorLog({ url: flags.rekorUrl, access }))] : [],
    timestampAuthorities: await stampersOf(flags, connection),
  };
}

async function signingConfig({ signingConfig: path }: MaterialFlags, surroundings: Surroundings) {
  if (path === undefined) {
    const { keptFile } = await import('./kept-trust.ts');
    return parseSigningConfig((await keptFile(trustTargets.signingConfig, surroundings)).content);
  }
  return parseSigningConfig(
    await readFileBounded(path, { bytes: signingConfigLimit, what: 'the signing configuration' }),
  );
}

async function stampersOf(
  flags: MaterialFlags,
  {
    access,
    randomBytes: random,
  }: { readonly access: ServiceAccess; readonly randomBytes: (length: number) => Uint8Array },
): Promise<readonly TimestampAuthority[]> {
  const { timestampServerUrl: url, timestampClientCacert: ca, timestampClientCert: certificate } = flags;
  if (url === undefined) return [];
  const { timestampClientKey: key, timestampServerName: serverName } = flags;
  if ([ca, certificate, key, serverName].every((one) => one === undefined)) {
    return [timestampAuthority({ url, access, randomBytes: random })];
  }
  const tls = mutualTlsFetch({
    ...(ca === undefined ? {} : { ca: await readPem(ca) }),
    ...(certificate === undefined ? {} : { certificate: await readPem(certificate) }),
    ...(key === undefined ? {} : { key: await readPem(key) }),
    ...(serverName === undefined ? {} : { serverName }),
  });
  return [timestampAuthority({ url, access: { ...access, fetch: tls.fetch }, randomBytes: random })];
}

async function ownCertificate(flags: MaterialFlags): Promise<{ readonly certificate?: IssuedCertificate }> {
  if (flags.certificate === undefined) {
    if (flags.certificateChain === undefined) return {};
    throw usageFault('A chain was given without its certificate.', 'Add --certificate.');
  }
  const [leaf, ...own] = await readCertificates(flags.certificate);
  const chain = flags.certificateChain === undefined ? own : await readCertificates(flags.certificateChain);
  if (leaf === undefined) return {};
  return { certificate: { leaf: leaf.der, chain: chain.map(({ der }) => der) } };
}

async function confirmPublic({ url }: TransparencyLog, { flags, surroundings }: MaterialWish): Promise<void> {
  const whose = flags.key === undefined ? 'your identity (e-mail address or account)' : 'the public key';
  await confirm(
    surroundings,
    `The signature, the digest and ${whose} will be recorded for everybody in the log ${url}, and cannot be removed. Go on?`,
    flags.yes === true,
  );
}

const providers: Readonly<Record<string, AmbientProvider>> = {
  'github-actions': 'github-actions',
  filesystem: 'filesystem',
  envvar: 'variable',
  variable: 'variable',
};

async function identityTokenOf(flags: MaterialFlags, surroundings: Surroundings): Promise<string> {
  const now = surroundings.now();
  if (flags.identityToken !== undefined) return readIdentityToken(await tokenText(flags.identityToken), { now }).token;
  if (flags.oidcDisableAmbientProviders !== true) {
    const { env } = surroundings;
    const only = flags.oidcProvider === undefined ? undefined : knownProvider(flags.oidcProvider);
    const found = await ambientToken({
      settings: {
        ...given('variable', env['SIGSTORE_ID_TOKEN']),
        ...given('githubUrl', env['ACTIONS_ID_TOKEN_REQUEST_URL']),
        ...given('githubToken', env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']),
        ...given('file', await readFile(tokenFile, 'utf8').catch(() => undefined)),
      },
      access: serviceAccess(surroundings),
      audience: flags.oidcClientId,
      ...(only === undefined ? {} : { only }),
    });
    if (found.state === 'found') return readIdentityToken(found.token, { now }).token;
  }
  const { loginToken } = await import('./identity-login.ts');
  return await loginToken(flags, surroundings);
}

function given<K extends string>(name: K, value: string | undefined): { readonly [key in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: string };
}

function knownProvider(name: string): AmbientProvider {
  const found = providers[name];
  if (found !== undefined) return found;
  throw usageFault(`The provider "${excerpt(name)}" is not known.`, `Known are ${Object.keys(providers).join(', ')}.`);
}

// As cosign: a file of that name wins over a token.
async function tokenText(given: string): Promise<string> {
  try {
    return await readFile(given, 'utf8');
  } catch (error) {
    if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(given.trim())) return given;
    throw cliFault({
      code: 'fetch-failed',
      message: '--identity-token is neither a token nor a file that can be read.',
      hint: 'Give the compact token (three parts joined by dots), or the path of a file that holds it.',
      cause: error,
    });
  }
}
