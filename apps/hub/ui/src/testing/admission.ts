/** Decisions as a hub answers them. Plainly synthetic. */
import type { AdmissionDetail, AdmissionListItem, AdmissionSummary, ImageDecision } from '@pratique/hub/contract';

export const refusedImage: ImageDecision = {
  image: 'registry.example.com/shop/web:1.1',
  paths: ['/spec/template/spec/containers/0/image'],
  verdict: 'refused',
  class: 'no_signature',
  digest: 'sha256:abc',
  rule: 'registry.example.com/*:*',
  validator: 'team-key',
  validator_type: 'cosign',
  message: 'error during cosign validation of image registry.example.com/shop/web:1.1: no signatures found',
  next_step: 'Sign it with: cosign sign --key team.key',
  found: ['no signature in either place'],
  wanted: 'a signature by the key team-a',
  cache: 'hit',
};

export const decision: AdmissionDetail = {
  uid: 'uid-1',
  at: '2026-11-01T12:00:00Z',
  cluster_name: 'prod-1',
  namespace: 'checkout',
  kind: 'Deployment',
  name: '<b>web</b>',
  operation: 'CREATE',
  user: 'system:serviceaccount:checkout:deployer',
  outcome: 'refused',
  allowed: false,
  would_allow: false,
  dry_run: true,
  duration_ms: 41.6,
  policy_hash: 'sha256:policy',
  warnings: [],
  images: [
    { ...refusedImage, image: 'registry.example.com/shop/log:2', verdict: 'skipped', class: 'child', message: '' },
    refusedImage,
  ],
  known_images: ['sha256:abc'],
};

const { images, warnings: _warnings, known_images: _known, ...facts } = decision;
export const listed: AdmissionListItem = {
  ...facts,
  image_count: 2,
  refused_count: 1,
  images: images.toReversed().map(({ image, verdict, class: word, digest, validator, message }) => ({
    ...{ image, verdict, class: word },
    ...{ digest, validator, message },
  })),
};

export const quietDay: AdmissionSummary = {
  state: 'current',
  since: '2026-10-31T12:00:00Z',
  allowed: 12,
  refused: 3,
  would_refuse: 0,
  clusters: [
    { cluster_name: 'prod-1', state: 'current', last_report_at: '2026-11-01T12:00:00Z', gates: 2, dropped: 0 },
  ],
  namespaces: [{ namespace: 'checkout', cluster_name: 'prod-1', allowed: 12, refused: 3, would_refuse: 0 }],
};
