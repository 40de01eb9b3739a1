import type { AdmissionDecision, AdmissionReport, ImageDecision } from '@pratique/hub/contract';

/** An image that was refused for want of a signature, unless told otherwise. */
export function someImage(changes: Partial<ImageDecision> = {}): ImageDecision {
  return {
    image: 'registry.example.com/shop/web:1.1',
    paths: ['/spec/containers/0/image'],
    verdict: 'refused',
    class: 'no_signature',
    digest: `sha256:${'a'.repeat(64)}`,
    rule: 'registry.example.com/*',
    validator: 'default',
    validator_type: 'cosign',
    message: 'error during cosign validation of image registry.example.com/shop/web:1.1: no signatures found',
    next_step: 'Sign it: cosign sign …',
    found: ['no signature at all'],
    wanted: 'a signature by the key team-a',
    cache: 'miss',
    ...changes,
  };
}

/** A refused Deployment in shop of east, unless told otherwise. */
export function someDecision(changes: Partial<AdmissionDecision> = {}): AdmissionDecision {
  return {
    uid: 'uid-1',
    at: '2026-11-01T12:00:00.000Z',
    namespace: 'shop',
    kind: 'Deployment',
    name: 'web',
    operation: 'CREATE',
    user: 'system:serviceaccount:shop:deployer',
    allowed: false,
    would_allow: false,
    dry_run: false,
    duration_ms: 12.5,
    warnings: [],
    images: [someImage()],
    ...changes,
  };
}

/** The same, let in. */
export function allowedDecision(changes: Partial<AdmissionDecision> = {}): AdmissionDecision {
  const images = [someImage({ verdict: 'accepted', class: null, message: '', next_step: '', wanted: '' })];
  return someDecision({ allowed: true, would_allow: true, images, ...changes });
}

/** A report of one gate of east. */
export function someReport(
  decisions: readonly AdmissionDecision[],
  changes: Partial<AdmissionReport> = {},
): AdmissionReport {
  const gate = { instance: 'gate-0', version: '0.1.0', policy_hash: 'sha256:policy' };
  return { cluster_name: 'east', gate, dropped: 0, decisions: [...decisions], ...changes };
}
