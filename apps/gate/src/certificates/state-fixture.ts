/** States to decide from, without a cluster: everything is as it should be unless a test says otherwise. */
import { randomBytes } from 'node:crypto';
import { createAuthority, fingerprintOf, issueLeaf, parseBundle, readCertificates, serviceNames } from '@pratique/tls';
import type { KeyPair } from '@pratique/tls';
import { issuedAnnotation, rulesAnnotation } from './annotations.ts';
import type { ClusterObject, ClusterRef } from './cluster.ts';
import { readPublished, readSecret, readWebhook } from './readings.ts';
import { usualPatience } from './state.ts';
import type { CertificateState, SecretReading, WebhookReading } from './state.ts';

export const noon = Date.parse('2026-06-15T12:00:00Z');
export const day = 24 * 3_600_000;
export const service = 'connaisseur-svc';
export const callersName = 'connaisseur-svc.connaisseur.svc';
export const names = serviceNames(service, 'connaisseur');
export const webhookRef: ClusterRef = { kind: 'MutatingWebhookConfiguration', name: 'connaisseur-webhook' };
export const rules = [
  { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], scope: '*' },
];

/** An authority with a leaf of it. */
export interface Made {
  readonly authority: KeyPair;
  readonly leaf: KeyPair;
}

/** Makes both at a time. */
export async function make(now = noon): Promise<Made> {
  const making = { now, random: (size: number) => randomBytes(size) };
  const authority = await createAuthority({ name: callersName, ...making });
  return { authority, leaf: await issueLeaf({ authority, names, ...making }) };
}

/** A Secret as the gate writes it; `issued: false` leaves out that it did. */
export function secretObject(
  pair: Partial<KeyPair>,
  { ca, issued = true }: { readonly ca?: string; readonly issued?: boolean } = {},
): ClusterObject {
  const [leaf] = readCertificates(pair.certificate ?? '', 'leaf');
  const annotations: Record<string, string> = {};
  if (issued && leaf !== undefined) annotations[issuedAnnotation] = fingerprintOf(leaf);
  return {
    metadata: { name: 'connaisseur-tls', resourceVersion: '1', annotations },
    data: {
      ...(pair.certificate !== undefined && { 'tls.crt': base64(pair.certificate) }),
      ...(pair.key !== undefined && { 'tls.key': base64(pair.key) }),
      ...(ca !== undefined && { 'ca.crt': base64(ca) }),
    },
  };
}

/** The reading of a Secret; undefined is one that is not there. */
export function secretReading(object: ClusterObject | undefined): SecretReading {
  return readSecret({ state: 'read', object }, 'Secret connaisseur-tls');
}

/** The reading of a webhook configuration with the gate's entry after somebody else's. */
export function webhookReading(entry: {
  readonly caBundle?: string;
  readonly rules?: readonly unknown[];
  readonly wanted?: string;
}): WebhookReading {
  const { caBundle, wanted = JSON.stringify(rules) } = entry;
  const object = {
    metadata: { resourceVersion: '7', annotations: { [rulesAnnotation]: wanted } },
    webhooks: [
      { name: 'other.example.com', clientConfig: { caBundle: base64('other') }, rules: [] },
      {
        name: callersName,
        clientConfig: { ...(caBundle !== undefined && { caBundle: base64(caBundle) }) },
        rules: entry.rules ?? rules,
      },
    ],
  };
  return readWebhook({ state: 'read', object }, webhookRef, callersName);
}

/** A state in which nothing is to be done. */
export function restingState({ authority, leaf }: Made): CertificateState {
  const secret = secretReading(secretObject(leaf, { ca: authority.certificate }));
  const chain = readCertificates(leaf.certificate, 'leaf');
  const [ca] = readCertificates(authority.certificate, 'authority');
  const fingerprint = chain[0] === undefined ? '' : fingerprintOf(chain[0]);
  return {
    ...{ mode: 'auto', timeIsConfirmed: true, names, callersName, secret },
    authority: secretReading(secretObject(authority, { ca: authority.certificate })),
    published: readPublished({
      state: 'read',
      object: { metadata: { name: 'connaisseur-ca' }, data: { 'ca.crt': authority.certificate } },
    }),
    webhooks: [webhookReading({ caBundle: authority.certificate })],
    reports: [{ annotation: 'serves.pratique.io/pod-a', fingerprint, at: noon }],
    own: { fingerprint, chain, authorities: parseBundle(authority.certificate, 'authority'), standIn: false },
    previous: undefined,
    vouchedSince: new Map(ca === undefined ? [] : [[fingerprintOf(ca), noon - day]]),
    ...{ readySince: noon, serviceAnswers: true },
    patience: usualPatience,
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
