/** The signing vectors of this package, typed, for its tests. Origin and licence: `vectors/README.md`. */
import { readFileSync } from 'node:fs';

interface KeyVector {
  readonly password: string;
  readonly scryptN: number;
  readonly saltHex: string;
  readonly nonceHex: string;
  readonly derivedKeyHex: string;
  readonly pkcs8DerHex: string;
  readonly jsonBody: string;
  readonly privatePem: string;
  readonly publicPem: string;
  readonly keyHint: string;
  readonly keyIdHex: string;
}

interface PayloadVector {
  readonly annotations: Readonly<Record<string, string>>;
  readonly payload: string;
  readonly payloadSha256: string;
  readonly ed25519SignatureB64: string;
  readonly p256SignatureB64?: string;
}

interface SigningVectors {
  readonly keys: { readonly p256: KeyVector; readonly ed25519: KeyVector };
  readonly simpleSigning: readonly PayloadVector[];
  readonly imageDigest: string;
  readonly tags: Readonly<Record<'sig' | 'att' | 'sbom' | 'referrersFallback', string>>;
  readonly signatureManifest: Readonly<Record<'config' | 'configDigest' | 'manifest' | 'manifestDigest', string>>;
  readonly dsse: Readonly<Record<'statement' | 'paeUtf8' | 'paeSha256' | 'ed25519SignatureB64', string>>;
  readonly bundle: { readonly json: string; readonly sha256: string; readonly size: number };
  readonly referrer: Readonly<
    Record<'manifest' | 'manifestDigest' | 'fallbackIndexGood' | 'fallbackIndexAsWrittenByCosign2_5to3_0', string>
  >;
  readonly rekor: {
    readonly publicPem: string;
    readonly logIdHex: string;
    readonly entryBody: string;
    readonly setCanonicalBytes: string;
    readonly legacyBundleAnnotation: string;
    readonly checkpoint: string;
    readonly checkpointSignedText: string;
    readonly merkle: {
      readonly leavesUtf8: readonly string[];
      readonly treeSize: number;
      readonly index: number;
      readonly leafHashHex: string;
      readonly proofHex: readonly string[];
      readonly rootHashHex: string;
    };
  };
}

export const vectors = JSON.parse(
  readFileSync(new URL('../vectors/signing-vectors.json', import.meta.url), 'utf8'),
) as SigningVectors;
