/** Whom a validator believes beside its trust roots: logs, certificate authorities, timestamps (COS-9). */
import { isFault } from '@pratique/runtime/fault';
import type { Fault } from '@pratique/runtime/fault';
import { noTrust, trustFromPem } from '@pratique/sigstore';
import type { PemRoots, TrustMaterial } from '@pratique/sigstore';
import type { CosignSettings } from '../configuration/policy.ts';
import type { Obtained } from '../validators/validator.ts';
import type { CosignBelief } from './evidence.ts';

type Part = 'logs' | 'certificateLogs' | 'certificateAuthorities' | 'timestampAuthorities';

/** The parts that the configuration itself gives, read once. */
export interface ConfiguredBelief {
  readonly whole?: TrustMaterial;
  readonly parts: ReadonlyMap<Part, Obtained<TrustMaterial>>;
}

/** Reads what `host` gives. A part that cannot be read fails only the rules that need it. */
export function configuredBelief({ name, rekor, trust }: CosignSettings): ConfiguredBelief {
  if (trust.trustedRoot !== undefined) return { whole: trust.trustedRoot, parts: new Map() };
  const texts: readonly (readonly [Part, string, PemRoots | undefined])[] = [
    ['logs', 'host.rekorPubkey', asked(trust.rekorKeys, (logKeys) => ({ logKeys, logUrl: rekor }))],
    ['certificateLogs', 'host.ctLogPubkey', asked(trust.ctLogKey, (certificateLogKeys) => ({ certificateLogKeys }))],
    [
      'certificateAuthorities',
      'host.fulcioCert',
      asked(trust.fulcioRoots, (certificateAuthorities) => ({ certificateAuthorities })),
    ],
    [
      'timestampAuthorities',
      'host.tsaCert',
      asked(trust.tsaChain, (timestampAuthorities) => ({ timestampAuthorities })),
    ],
  ];
  const parts = texts.flatMap(([part, key, roots]): readonly (readonly [Part, Obtained<TrustMaterial>])[] =>
    roots === undefined ? [] : [[part, read(roots, `${key} of validator ${name}`)]],
  );
  return { parts: new Map(parts) };
}

function asked(pem: string | undefined, roots: (pem: string) => PemRoots): PemRoots | undefined {
  return pem === undefined ? undefined : roots(pem);
}

function read(roots: PemRoots, source: string): Obtained<TrustMaterial> {
  try {
    return { state: 'there', value: trustFromPem(roots, source) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { state: 'failed', fault: error };
  }
}

const allParts: readonly Part[] = ['logs', 'certificateLogs', 'certificateAuthorities', 'timestampAuthorities'];

/** What is believed now: what is configured, and the public services for the rest. */
export function believed(configured: ConfiguredBelief, fromPublic: () => Obtained<TrustMaterial>): CosignBelief {
  if (configured.whole !== undefined) return { material: configured.whole, lacking: [] };
  const isComplete = allParts.every((part) => configured.parts.has(part));
  const open: Obtained<TrustMaterial> = isComplete ? { state: 'there', value: noTrust } : fromPublic();
  const lacking: Fault[] = open.state === 'failed' ? [open.fault] : [];
  const material: Record<Part, TrustMaterial[Part]> = { ...noTrust };
  const origins = new Set<string>();
  for (const part of allParts) {
    const source = configured.parts.get(part) ?? open;
    if (source.state === 'failed') {
      if (!lacking.includes(source.fault)) lacking.push(source.fault);
      continue;
    }
    Object.assign(material, { [part]: source.value[part] });
    if (source.value !== noTrust) origins.add(source.value.origin);
  }
  return {
    material: { ...noTrust, ...material, origin: [...origins].join(' and ') || 'the configuration' } as TrustMaterial,
    lacking,
  };
}
