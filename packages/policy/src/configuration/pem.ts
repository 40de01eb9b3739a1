/** PEM in configurations: certificates with `node:crypto`, and how often something was pasted together wrongly. */
import { X509Certificate } from 'node:crypto';

/** Certificates, or why there are none. */
export type ReadCertificates =
  | { readonly state: 'valid'; readonly certificates: readonly X509Certificate[] }
  /** `no-pem`: nothing in it is a block of a certificate; `no-certificate`: a block holds something else. */
  | { readonly state: 'invalid'; readonly problem: 'no-pem' | 'no-certificate' };

/** More than all public authorities together. */
const mostBlocks = 500;

/** Every certificate of a text. One that cannot be read spoils all: nobody would notice that it is missing. */
export function readCertificates(text: string): ReadCertificates {
  const labels = pemLabels(text);
  if (labels.length === 0 || labels.length > mostBlocks || labels.some((label) => label !== 'CERTIFICATE'))
    return { state: 'invalid', problem: 'no-pem' };
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length !== labels.length) return { state: 'invalid', problem: 'no-pem' };
  try {
    return { state: 'valid', certificates: blocks.map((block) => new X509Certificate(unindented(block))) };
  } catch {
    return { state: 'invalid', problem: 'no-certificate' };
  }
}

/** What the blocks of a text begin as: `PUBLIC KEY`. */
export function pemLabels(text: string): readonly string[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,60})-----/g)].map((match) => match[1] ?? '');
}

/** YAML that was indented twice leaves spaces before the lines, which OpenSSL does not take. */
export function unindented(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
}
