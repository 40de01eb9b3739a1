/** Certificates from Fulcio, through the interface of cosign 2 (`/api/v1`) or of cosign 3 (`/api/v2`). */
import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { joinUrl } from './service-url.ts';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { sigstoreFault } from '../errors.ts';
import { toBase64 } from '../json/base64.ts';
import { readPem } from '../keys/pem.ts';
import { readIdentityToken } from './identity-token.ts';
import { callService, contentType, invalidAnswer, jsonOf, refusedBy } from './service-http.ts';
import type { ServiceAccess, ServiceAnswer, ServiceRequest } from './service-http.ts';
import type { CertificateIssuer, CertificateRequest, IssuedCertificate } from './services.ts';

/** Which authority, and how it is reached. */
export interface FulcioOptions {
  readonly url: string;
  readonly access: ServiceAccess;
  /** 2 when left out. */
  readonly api?: 1 | 2;
  readonly now: () => Date;
}

// A chain of three certificates takes about 4 KiB of PEM; the longest seen had five.
const answerLimit = 128 * 1024;
const mostCertificates = 10;

const chainHolder = Type.Object({
  chain: Type.Object({
    certificates: Type.Array(Type.String({ maxLength: 32 * 1024 }), { minItems: 1, maxItems: mostCertificates }),
  }),
});
const answerV2 = Type.Object({
  signedCertificateEmbeddedSct: Type.Optional(chainHolder),
  signedCertificateDetachedSct: Type.Optional(chainHolder),
});

/**
 * An issuer that asks Fulcio.
 *
 * @throws Fault from `issue`: `identity-token-…` before anything is sent, `service-…`, `certificate-key-mismatch` when the
 * certificate is for another key than ours
 */
export function fulcioIssuer(options: FulcioOptions): CertificateIssuer {
  return {
    async issue(wanted) {
      const request = await requestFor(options, wanted);
      const answer = await callService(options.access, request);
      if (answer.status !== 200 && answer.status !== 201) throw refusedBy(request, answer, hintFor(answer.status));
      const pem = (options.api ?? 2) === 1 ? pemChain(request, answer) : jsonChain(request, answer);
      return checked(request, certificatesOf(request, pem), wanted.publicKey);
    },
  };
}

async function requestFor(options: FulcioOptions, wanted: CertificateRequest): Promise<ServiceRequest> {
  const { token, subject } = readIdentityToken(wanted.identityToken, { now: options.now() });
  const pem = wanted.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const proof = toBase64(await wanted.sign(Buffer.from(subject)));
  const api = options.api ?? 2;
  const body =
    api === 1
      ? { publicKey: { content: toBase64(Buffer.from(pem)) }, signedEmailAddress: proof }
      : { publicKeyRequest: { publicKey: { algorithm: 'ECDSA', content: pem }, proofOfPossession: proof } };
  return {
    ...{ what: 'the certificate authority', method: 'POST', limitBytes: answerLimit },
    url: joinUrl(options.url, `/api/v${api}/signingCert`),
    headers: {
      'content-type': 'application/json',
      accept: api === 1 ? 'application/pem-certificate-chain' : 'application/json',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(body),
  };
}

function pemChain(request: ServiceRequest, answer: ServiceAnswer): string {
  const type = contentType(answer);
  if (type !== 'application/pem-certificate-chain') {
    throw invalidAnswer(request, `it is of type ${type || 'unknown'}, not a chain of certificates`);
  }
  return answer.body.toString('latin1');
}

function jsonChain(request: ServiceRequest, answer: ServiceAnswer): string {
  const body = jsonOf(request, answer);
  if (!Value.Check(answerV2, body)) throw invalidAnswer(request, 'it is not the JSON of an issued certificate');
  if (body.signedCertificateEmbeddedSct === undefined && body.signedCertificateDetachedSct !== undefined) {
    // Neither a bundle nor an annotation has a place for a promise that is not inside the certificate.
    throw invalidAnswer(request, 'the promise of the certificate log is not inside the certificate');
  }
  return (body.signedCertificateEmbeddedSct?.chain.certificates ?? []).join('\n');
}

function certificatesOf(request: ServiceRequest, pem: string): readonly X509Certificate[] {
  const blocks = readPem(pem).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length === 0 || blocks.length > mostCertificates) {
    throw invalidAnswer(request, `it holds ${blocks.length} certificates`);
  }
  try {
    return blocks.map(({ der }) => readCertificate(der));
  } catch (cause) {
    throw invalidAnswer(request, 'a certificate in it is not readable', cause);
  }
}

/** Node reads the key only when it is asked for, and throws then. */
function readCertificate(der: Uint8Array): X509Certificate {
  const certificate = new X509Certificate(der);
  if (certificate.publicKey.type !== 'public') throw new TypeError('no public key');
  return certificate;
}

function checked(
  request: ServiceRequest,
  certificates: readonly X509Certificate[],
  publicKey: KeyObject,
): IssuedCertificate {
  const [leaf, ...chain] = certificates as [X509Certificate, ...X509Certificate[]];
  if (!leaf.publicKey.equals(publicKey)) {
    throw sigstoreFault({
      code: 'certificate-key-mismatch',
      message: `The certificate that ${request.what} issued is for another key than the one that signs.`,
      hint: 'Do not use this authority before its operator has explained the answer; nothing was signed.',
      values: { url: request.url },
    });
  }
  return { leaf: leaf.raw, chain: chain.map(({ raw }) => raw) };
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) {
    return 'Check that the token is fresh, meant for the audience `sigstore`, and of an issuer that the authority knows.';
  }
  return 'Check that the address is that of a Fulcio server and that its version speaks the interface asked for.';
}
