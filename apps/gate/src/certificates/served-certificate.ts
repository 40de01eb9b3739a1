/** The certificate that is served at this moment, and who wants to know when it changes. */
import type { SecureContextOptions } from 'node:tls';
import { fingerprintOf, secureContext } from '@pratique/tls';
import type { Bundle, CheckedKeyPair } from '@pratique/tls';
import type { CertificateFacts } from './certificates.ts';

/** A certificate to serve with, where it came from and who vouches for it. */
export interface ServedMaterial {
  readonly pair: CheckedKeyPair;
  readonly source: CertificateFacts['source'];
  /** Authorities that came with it; undefined where nobody is known to vouch for it. */
  readonly authorities: Bundle | undefined;
}

/** Holds what is served; always holds something. */
export class ServedCertificate {
  #material: ServedMaterial;
  readonly #clientAuthorities: string | undefined;
  readonly #listeners = new Set<(context: SecureContextOptions) => void>();

  constructor(first: ServedMaterial, clientAuthorities?: string) {
    this.#material = first;
    this.#clientAuthorities = clientAuthorities;
  }

  get material(): ServedMaterial {
    return this.#material;
  }

  get fingerprint(): string {
    return fingerprintOf(this.#material.pair.leaf);
  }

  context(): SecureContextOptions {
    return secureContext(this.#material.pair, this.#clientAuthorities);
  }

  /** Serves with another from now on. */
  change(material: ServedMaterial): void {
    const before = this.#material;
    this.#material = material;
    if (before.pair.certificate === material.pair.certificate && before.pair.key === material.pair.key) return;
    const context = this.context();
    for (const listener of this.#listeners) listener(context);
  }

  onChange(listener: (context: SecureContextOptions) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
