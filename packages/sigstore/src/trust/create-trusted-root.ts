/** Writing trusted_root.json for private deployments, from keys and certificates at hand. */
import { createHash, X509Certificate } from 'node:crypto';
import { excerpt } from '@pratique/runtime/fault';
import { toBase64 } from '../json/base64.ts';
import { readPem } from '../keys/pem.ts';
import { algorithmName, parsePublicKey } from '../keys/public-key.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { addressIn, invalid, parseServiceDescription, validityIn } from './service-description.ts';
import type { ServiceDescription } from './service-description.ts';

/** The services, each list described as on the command line. */
export interface TrustedRootRequest {
  readonly fulcio?: readonly string[];
  readonly rekor?: readonly string[];
  readonly ctfe?: readonly string[];
  readonly tsa?: readonly string[];
  /** Reads a file that a description names; its text. */
  readFile(path: string): Promise<string>;
}

const mediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';

/**
 * A trusted root as JSON text, two spaces deep, line feed at the end.
 *
 * @throws Fault `service-description-invalid`, `public-key-invalid`; what `readFile` throws
 */
export async function createTrustedRoot(request: TrustedRootRequest): Promise<string> {
  const { fulcio = [], rekor = [], ctfe = [], tsa = [], readFile } = request;
  const all = <T>(texts: readonly string[], make: (text: string) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(texts.map(make));
  const document = {
    mediaType,
    tlogs: await all(rekor, (text) => logOf('--rekor', text, readFile)),
    certificateAuthorities: await all(fulcio, (text) => authorityOf('--fulcio', text, readFile)),
    ctlogs: await all(ctfe, (text) => logOf('--ctfe', text, readFile)),
    timestampAuthorities: await all(tsa, (text) => authorityOf('--tsa', text, readFile)),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

type ReadFile = TrustedRootRequest['readFile'];

async function authorityOf(flag: string, text: string, readFile: ReadFile): Promise<object> {
  const keys = { flag, required: ['url', 'certificate-chain'], optional: ['start-time', 'end-time'] };
  const described = parseServiceDescription(text, keys);
  const uri = addressIn(described, flag);
  const certificates = orderedChain(flag, await fileIn(described, 'certificate-chain', readFile));
  const root = certificates.at(-1);
  const name = (part: string): string => new RegExp(`^${part}=(.*)$`, 'mu').exec(root?.subject ?? '')?.[1] ?? '';
  const given = validityIn(described, flag);
  const start = given.start ?? certificates[0]?.validFromDate.toISOString();
  return {
    ...{ subject: { organization: name('O'), commonName: name('CN') }, uri },
    certChain: { certificates: certificates.map(({ raw }) => ({ rawBytes: toBase64(raw) })) },
    validFor: { ...given, ...(start && { start }) },
  };
}

/** Leaf-most first and root last, whichever way round the file has them. */
function orderedChain(flag: string, pem: string): readonly X509Certificate[] {
  const certificates = readPem(pem)
    .filter(({ label }) => label === 'CERTIFICATE')
    .slice(0, 10)
    .map(({ der }) => readCertificate(flag, der));
  const roots = certificates.filter((one) => one.subject === one.issuer && one.verify(one.publicKey));
  const [root] = roots;
  if (root === undefined) throw invalid(flag, 'its chain holds no root certificate');
  if (roots.length > 1) throw invalid(flag, 'its chain holds more than one root; describe each with a flag of its own');
  const ordered = [root];
  for (let above = root; ordered.length < certificates.length;) {
    const below = certificates.find(
      (one) => one !== above && one.issuer === above.subject && one.verify(above.publicKey),
    );
    if (below === undefined) throw invalid(flag, `nothing in its chain is issued by ${excerpt(above.subject)}`);
    ordered.unshift(below);
    above = below;
  }
  return ordered;
}

function readCertificate(flag: string, der: Uint8Array): X509Certificate {
  try {
    const certificate = new X509Certificate(der);
    // Node reads the key only when it is asked for, and throws then.
    if (certificate.publicKey.type !== 'public') throw new TypeError('no public key');
    return certificate;
  } catch (cause) {
    throw invalid(flag, 'a certificate in its chain is not readable', cause);
  }
}

async function logOf(flag: string, text: string, readFile: ReadFile): Promise<object> {
  const keys = { flag, required: ['url', 'public-key', 'start-time'], optional: ['end-time', 'origin'] };
  const described = parseServiceDescription(text, keys);
  const baseUrl = addressIn(described, flag);
  const key = parsePublicKey(await fileIn(described, 'public-key', readFile));
  const origin = described.get('origin') ?? new URL(baseUrl).hostname;
  return {
    ...{ baseUrl, hashAlgorithm: 'SHA2_256' },
    publicKey: {
      rawBytes: toBase64(key.spki),
      keyDetails: keyDetails(flag, key),
      validFor: validityIn(described, flag),
    },
    logId: { keyId: toBase64(logId(key, origin)) },
  };
}

/**
 * SHA-256 over the key; for Ed25519, which only logs with API 2 have, over name and key as signed notes name keys
 * (https://github.com/C2SP/C2SP/blob/main/signed-note.md).
 */
function logId(key: PublicKey, origin: string): Uint8Array {
  const hash = createHash('sha256');
  if (key.algorithm.kind !== 'ed25519') return hash.update(key.spki).digest();
  return hash.update(`${origin}\n`).update(Uint8Array.of(1)).update(key.spki.subarray(-32)).digest();
}

const details: Readonly<Record<string, string>> = {
  'ECDSA P-256': 'PKIX_ECDSA_P256_SHA_256',
  'ECDSA P-384': 'PKIX_ECDSA_P384_SHA_384',
  'ECDSA P-521': 'PKIX_ECDSA_P521_SHA_512',
  Ed25519: 'PKIX_ED25519',
  'RSA 2048': 'PKIX_RSA_PKCS1V15_2048_SHA256',
  'RSA 3072': 'PKIX_RSA_PKCS1V15_3072_SHA256',
  'RSA 4096': 'PKIX_RSA_PKCS1V15_4096_SHA256',
};

function keyDetails(flag: string, { algorithm }: PublicKey): string {
  const name = algorithmName(algorithm);
  const found = details[name];
  if (found === undefined) throw invalid(flag, `a trusted root has no name for keys of ${name}`);
  return found;
}

async function fileIn(described: ServiceDescription, key: string, readFile: ReadFile): Promise<string> {
  return readFile(described.get(key) ?? '');
}
