/** Keyless signatures made in a test world, and judged. */
import { createHash, randomBytes } from 'node:crypto';
import type { Sigstore } from '@pratique/testbed/sigstore';
import { writeSignStatement } from '../bundle/statement.ts';
import type { Evidence } from '../evidence.ts';
import { payloadMediaType } from '../simple-signing/layer.ts';
import { writePayload } from '../simple-signing/payload.ts';
import { connectServices, keylessSigner } from './keyless.ts';
import type { KeylessSigner, SigningServices } from './keyless.ts';
import { makeEnvelopeBundle, makeLayer } from './make-signature.ts';
import type { ServiceAccess } from './service-http.ts';
import type { CertificateIssuer } from './services.ts';
import { parseSigningConfig, selectServices } from './signing-config.ts';

/** Real HTTP, no waiting between attempts. */
export const testAccess: ServiceAccess = {
  fetch: (url, init) => fetch(url, init),
  random: () => 0.5,
  pause: () => Promise.resolve(),
};

/** Services of the world as its signing configuration has them. */
export function servicesOf(
  world: Sigstore,
  choice: Parameters<Sigstore['signingConfigWith']>[0],
): SigningServices & { readonly issuer: CertificateIssuer } {
  const config = parseSigningConfig(JSON.stringify(world.signingConfigWith(choice)));
  const now = () => new Date();
  const { issuer, ...rest } = connectServices(selectServices(config, now()), { access: testAccess, now, randomBytes });
  if (issuer === undefined) throw new TypeError('the world has an authority');
  return { ...rest, issuer };
}

/** A signer for the world's default person. */
export async function someSigner(
  world: Sigstore,
  services: SigningServices & { readonly issuer: CertificateIssuer },
): Promise<KeylessSigner> {
  return keylessSigner({ issuer: services.issuer, identityToken: await world.token(), services });
}

/** What is to be signed, and by whom. */
export interface Signing {
  readonly digest: string;
  readonly services: SigningServices;
  readonly keyless: KeylessSigner;
}

/** A layer as it is found. */
export interface SignedLayer {
  readonly payload: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A bundle over an image's digest. */
export function signedBundle({ digest, services, keyless }: Signing): Promise<Uint8Array> {
  return makeEnvelopeBundle({ ...keyless, ...services }, writeSignStatement(digest));
}

/** A simple-signing layer over an image's digest. */
export async function signedLayer({ digest, services, keyless }: Signing): Promise<SignedLayer> {
  const payload = writePayload({ identity: 'registry.example.com/app', digest });
  const { annotations } = await makeLayer({ ...keyless, ...services }, payload);
  return { payload, annotations };
}

/** As if it had been found in a registry. */
export function foundBundle(digest: string, bytes: Uint8Array): Evidence {
  const candidate = { format: 'bundle', location: 'here', digest, annotations: {} } as const;
  return { digest, sources: [], candidates: [{ ...candidate, bundle: { state: 'read', bytes } }] };
}

/** As if it had been found in a registry. */
export function foundLayer(digest: string, layer: SignedLayer): Evidence {
  const { payload: bytes, annotations } = layer;
  const candidate = {
    format: 'legacy',
    kind: 'signature',
    ...{ location: 'here', annotations },
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    mediaType: payloadMediaType,
  } as const;
  return { digest, sources: [], candidates: [{ ...candidate, payload: { state: 'read', bytes } }] };
}
