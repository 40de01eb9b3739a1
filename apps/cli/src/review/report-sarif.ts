/** A review as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change. */
import { createHash } from 'node:crypto';
import type { RefusalClass } from '@pratique/policy';
import { standingOf } from './review-report.ts';
import type { ReviewedImage, ReviewReport, Standing } from './review-report.ts';
import type { ImagePlace } from './workload-files.ts';

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** What each class of refusal means, for the list of rules. */
const classes: Readonly<Record<RefusalClass, string>> = {
  static_deny: 'A rule denies the image by name',
  no_rule: 'No rule of the policy matches the image',
  invalid_reference: 'The image field holds no usable image reference',
  no_signature: 'The image is not signed',
  wrong_key: 'The image is signed with a key that is not trusted',
  wrong_digest: 'The signature is for another image',
  identity_mismatch: 'The image is signed by somebody else',
  tlog: 'The signature has no valid entry in a transparency log',
  sct: 'The certificate has no valid promise of a certificate log',
  timestamp: 'The signature has no valid timestamp',
  threshold: 'Too few trust roots have signed the image',
  required_missing: 'A required trust root has not signed the image',
  attestation: 'An attestation that is demanded is missing, stale or does not say what is wanted',
  image_not_found: 'The image does not exist',
  config: 'The policy cannot be applied to the image',
  registry_auth: 'The registry refused the login, so nothing is known of the image',
  registry_unreachable: 'A registry or service could not be reached, so nothing is known of the image',
  registry_tls: 'The certificate of the registry is not acceptable, so nothing is known of the image',
  kms: 'A key could not be read, so nothing is known of the image',
  timeout: 'The time was over before the image was verified',
  internal: 'The validator failed, so nothing is known of the image',
};

const levels: Readonly<Record<Standing, string>> = {
  allowed: 'none',
  warned: 'warning',
  refused: 'error',
  unknown: 'error',
};

/** The review as SARIF that ends with a line feed; allowed images are not in it. */
export function reviewSarif(report: ReviewReport, version: string): string {
  const refused = report.images.filter(({ explanation }) => explanation.verdict === 'refused');
  const used = [...new Set(refused.map(({ explanation }) => explanation.class ?? 'internal'))].toSorted();
  const results = refused.flatMap((image) =>
    image.places.length === 0
      ? [resultOf(image, report, undefined)]
      : image.places.map((place) => resultOf(image, report, place)),
  );
  const rules = used.map((id) => ({ id, shortDescription: { text: `${classes[id]}.` } }));
  const driver = { name: 'pratique review', version, rules };
  const run = { tool: { driver }, columnKind: 'utf16CodeUnits', results };
  return `${JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] }, undefined, 2)}\n`;
}

function resultOf(image: ReviewedImage, report: ReviewReport, place: ImagePlace | undefined) {
  const { explanation, namespace } = image;
  const ruleId = explanation.class ?? 'internal';
  const text = [
    explanation.message ?? 'refused',
    ...(explanation.wanted === null ? [] : [`Wanted: ${explanation.wanted}.`]),
    ...(explanation.nextStep === null ? [] : [`Next step: ${explanation.nextStep}`]),
  ].join('\n');
  const owner = place === undefined ? explanation.image : `${place.kind} ${namespace}/${place.name}${place.path}`;
  const logicalLocations = [{ fullyQualifiedName: owner, kind: 'resource' }];
  const physical = place === undefined || place.file === '-' ? {} : { physicalLocation: physicalOf(place) };
  return {
    ruleId,
    level: levels[standingOf(image, report)],
    message: { text },
    locations: [{ ...physical, logicalLocations }],
    // The same finding in the next run, whatever moved the lines meanwhile.
    partialFingerprints: { 'image/v1': fingerprint([place?.file ?? '', owner, explanation.image, ruleId]) },
  };
}

function physicalOf({ file, line, column }: ImagePlace) {
  const uri = file.split('/').map(encodeURIComponent).join('/');
  return { artifactLocation: { uri }, region: { startLine: line, startColumn: column } };
}

function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
