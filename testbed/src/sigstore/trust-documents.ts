/** trusted_root.json and signing_config.v0.2.json of the world. */
import type { Chain } from './certificates.ts';
import { noteKeyId } from './checkpoint.ts';
import type { ServiceKey } from './keys.ts';

/** Where the services are and what they hold. */
export interface WorldParts {
  readonly now: Date;
  readonly urls: {
    readonly fulcio: string;
    readonly rekor: string;
    readonly rekorV2: string;
    readonly tsa: string;
    readonly oidc: string;
  };
  readonly fulcioChain: Chain;
  readonly tsaChain: Chain;
  readonly ctLog: ServiceKey;
  readonly rekorKey: ServiceKey;
  readonly rekorV2Key: ServiceKey;
}

/** Which log a signing configuration names. */
export type LogChoice = 'v1' | 'v2' | 'none';

/** A document of the world. */
export type JsonDocument = Readonly<Record<string, unknown>>;

/** Everything a verifier has to know. */
export function trustedRootOf(parts: WorldParts): JsonDocument {
  const validFor = { start: yearBefore(parts.now) };
  const authority = (chain: Chain, uri: string): object => ({
    ...{ subject: { organization: 'sigstore.test', commonName: 'sigstore.test' }, uri, validFor },
    certChain: {
      certificates: [chain.below, chain.root].map((one) => ({ rawBytes: one.certificate.toString('base64') })),
    },
  });
  const log = (key: ServiceKey, baseUrl: string): object => ({
    ...{ baseUrl, hashAlgorithm: 'SHA2_256' },
    publicKey: {
      rawBytes: key.spki.toString('base64'),
      keyDetails: key.kind === 'p256' ? 'PKIX_ECDSA_P256_SHA_256' : 'PKIX_ED25519',
      validFor,
    },
    logId: { keyId: noteKeyId(key, new URL(baseUrl).hostname).toString('base64') },
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(parts.rekorKey, parts.urls.rekor), log(parts.rekorV2Key, parts.urls.rekorV2)],
    certificateAuthorities: [authority(parts.fulcioChain, parts.urls.fulcio)],
    ctlogs: [log(parts.ctLog, `${parts.urls.fulcio}/ct`)],
    timestampAuthorities: [authority(parts.tsaChain, parts.urls.tsa)],
  };
}

/** Everything a signer has to know. */
export function signingConfigOf(
  parts: WorldParts,
  choice: { readonly log: LogChoice; readonly tsa: boolean },
): JsonDocument {
  const service = (url: string, majorApiVersion: number): object => ({
    ...{ url, majorApiVersion, validFor: { start: yearBefore(parts.now) }, operator: 'sigstore.test' },
  });
  const logs = {
    v1: [service(parts.urls.rekor, 1)],
    v2: [service(parts.urls.rekorV2, 2)],
    none: [],
  }[choice.log];
  return {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service(parts.urls.fulcio, 1)],
    oidcUrls: [service(parts.urls.oidc, 1)],
    ...(logs.length > 0 && { rekorTlogUrls: logs }),
    ...(choice.tsa && { tsaUrls: [service(parts.urls.tsa, 1)] }),
    rekorTlogConfig: logs.length > 0 ? { selector: 'ANY' } : {},
    tsaConfig: choice.tsa ? { selector: 'ANY' } : {},
  };
}

function yearBefore(now: Date): string {
  return new Date(Math.floor(now.getTime() / 1000 - 365 * 24 * 60 * 60) * 1000).toISOString();
}
