import { describe, expect, it } from 'vitest';
import type { Explanation, RefusalClass } from '@pratique/policy';
import { reviewJson } from './report-json.ts';
import { reviewJunit } from './report-junit.ts';
import { reviewSarif } from './report-sarif.ts';
import { reviewText } from './report-text.ts';
import { reviewExitCode } from './review-report.ts';
import type { ReviewedImage, ReviewReport } from './review-report.ts';

const place = {
  ...{ file: 'deploy/web app.yaml', line: 21, column: 18, kind: 'Deployment', name: 'web', container: 'nginx' },
  path: '/spec/template/spec/containers/0/image',
};
const digest = `sha256:${'ab'.repeat(32)}`;

function image(name: string, refused?: RefusalClass, more: Partial<Explanation> = {}): ReviewedImage {
  const explanation: Explanation = {
    ...{ schemaVersion: 1, image: name, onlyWarn: false, otherRules: [], warnings: [], found: [] },
    verdict: refused === undefined ? 'accepted' : 'refused',
    class: refused ?? null,
    message: refused === undefined ? null : `error during cosign validation of image ${name}: no "<luck>" & more`,
    rule: { pattern: '*:*', index: 0 },
    validator: { name: 'default', type: 'cosign' },
    digest: refused === undefined ? digest : null,
    replacement: null,
    wanted: refused === undefined ? null : 'a signature',
    nextStep: refused === undefined ? null : 'Sign it.',
    ...more,
  };
  return { explanation, namespace: 'shop', places: [place] };
}

function report(images: readonly ReviewedImage[], more: Partial<ReviewReport> = {}): ReviewReport {
  return {
    policyFile: 'config.yaml',
    policyHash: 'sha256:p',
    detectionMode: false,
    images,
    otherKinds: new Map(),
    ...more,
  };
}

const mixed = report(
  [
    image('good:1'),
    image('bad:1', 'no_signature'),
    image('away:1', 'registry_unreachable'),
    image('warned:1', 'wrong_key', { onlyWarn: true }),
    { ...image('asked:1', 'no_rule', { rule: null, validator: null }), places: [] },
  ],
  { otherKinds: new Map([['Service', 2]]) },
);

describe('the exit code', () => {
  it.each([
    [0, [image('a')]],
    [1, [image('a'), image('b', 'no_signature'), image('c', 'timeout')]],
    [3, [image('a'), image('c', 'registry_auth')]],
    [0, [image('a', 'wrong_key', { onlyWarn: true })]],
  ])('is %i', (code, images) => {
    expect(reviewExitCode(report(images))).toBe(code);
    expect(reviewExitCode(report(images, { detectionMode: true }))).toBe(0);
  });
});

describe('the review', () => {
  it('is text for a person, with the place of each field', async () => {
    await expect(reviewText(mixed)).toMatchFileSnapshot('golden/review.txt');
  });

  it('is JSON for a script', () => {
    expect(JSON.parse(reviewJson(mixed))).toMatchObject({
      schemaVersion: 1,
      summary: { images: 5, allowed: 1, warned: 1, refused: 2, unknown: 1 },
      images: [{ standing: 'allowed', digest }, { standing: 'refused', places: [{ line: 21 }] }, {}, {}, {}],
      otherKinds: { Service: 2 },
    });
  });

  it('is SARIF 2.1.0 with the line of each field', async () => {
    const text = reviewSarif(mixed, '0.0.0-test');
    await expect(text).toMatchFileSnapshot('golden/review.sarif');
    const sarif = JSON.parse(text) as { runs: { results: { locations: unknown[] }[] }[] };
    expect(sarif.runs[0]?.results[0]?.locations[0]).toMatchObject({
      physicalLocation: {
        artifactLocation: { uri: 'deploy/web%20app.yaml' },
        region: { startLine: 21, startColumn: 18 },
      },
    });
  });

  it('is JUnit XML in which nothing that a workload holds can close a tag', async () => {
    await expect(reviewJunit(mixed)).toMatchFileSnapshot('golden/review.xml');
    const nasty = report([image('x"/><script>\u0000\u001b]]>\ud800', 'invalid_reference')]);
    const xml = reviewJunit(nasty);
    expect(xml).not.toContain('<script>');
    expect(xml).not.toContain(']]>');
    // oxlint-disable-next-line no-control-regex -- what XML cannot hold is what is looked for
    expect(xml).not.toMatch(/[\u0000-\u0008\u001b\ud800]/);
  });
});
