/** Whom a rule believes: the certificates of its trust roots, as Connaisseur makes them a trust policy. */
import { parseCertificate } from '@pratique/sigstore';
import type { Certificate } from '@pratique/sigstore';
import type { X509Certificate } from 'node:crypto';
import type { NotationSettings, Rule } from '../configuration/policy.ts';

/** The trust stores of one rule. */
export interface NotationTrust {
  /** Names of the trust roots. */
  readonly names: readonly string[];
  readonly certificates: readonly Certificate[];
  /** Undefined where no trust root has one: timestamps are not looked at then. */
  readonly timestampCertificates?: readonly Certificate[];
}

/** The trust of the rule, or what is wrong with the configuration. */
export function trustOf(
  settings: NotationSettings,
  rule: Rule,
): { readonly ok: true; readonly trust: NotationTrust } | { readonly ok: false; readonly because: string } {
  const { trustRoot } = rule.options;
  const chosen = [...settings.trustRoots.values()].filter(({ name }) => trustRoot === '*' || name === trustRoot);
  if (chosen.length === 0) return { ok: false, because: `unable to find trust root ${trustRoot}` };
  const certificates = read(chosen.flatMap((root) => root.certificates));
  const timestamps = chosen.flatMap(({ timestampCertificates = [] }) => timestampCertificates);
  const timestampCertificates = read(timestamps);
  if (certificates === undefined || timestampCertificates === undefined)
    return { ok: false, because: `trust root ${trustRoot} has a certificate with a key that is not usable` };
  const names = chosen.map(({ name }) => name);
  return { ok: true, trust: { names, certificates, ...(timestamps.length === 0 ? {} : { timestampCertificates }) } };
}

function read(certificates: readonly X509Certificate[]): readonly Certificate[] | undefined {
  const parsed = certificates.map(({ raw }) => parseCertificate(raw));
  return parsed.every((certificate) => certificate !== undefined) ? parsed : undefined;
}
