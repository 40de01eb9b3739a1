/** A review as JUnit XML, which pipelines show as tests: one per image field, one suite per file. */
import { standingOf } from './review-report.ts';
import type { ReviewedImage, ReviewReport } from './review-report.ts';
import type { ImagePlace } from './workload-files.ts';

interface Case {
  readonly suite: string;
  readonly image: ReviewedImage;
  readonly place?: ImagePlace;
}

/** The review as XML that ends with a line feed. */
export function reviewJunit(report: ReviewReport): string {
  const cases = report.images.flatMap((image): readonly Case[] =>
    image.places.length === 0
      ? [{ suite: 'command line', image }]
      : image.places.map((place) => ({ suite: place.file, image, place })),
  );
  const suites = Map.groupBy(cases, ({ suite }) => suite);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="pratique review"${countsOf(cases, report)}>`,
    ...[...suites].flatMap(([name, inSuite]) => [
      `  <testsuite name="${escaped(name)}"${countsOf(inSuite, report)}>`,
      ...inSuite.flatMap((one) => caseLines(one, report)),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function countsOf(cases: readonly Case[], report: ReviewReport): string {
  const standings = cases.map(({ image }) => standingOf(image, report));
  const count = (wanted: string): number => standings.filter((standing) => standing === wanted).length;
  return ` tests="${cases.length}" failures="${count('refused')}" errors="${count('unknown')}" skipped="0"`;
}

function caseLines({ image, place }: Case, report: ReviewReport): readonly string[] {
  const { explanation, namespace } = image;
  const owner = place === undefined ? namespace : `${place.kind} ${namespace}/${place.name}`;
  const container = place === undefined || place.container === '' ? '' : `${place.container}: `;
  const file = place === undefined ? '' : ` file="${escaped(place.file)}" line="${place.line}"`;
  const head = `    <testcase classname="${escaped(owner)}" name="${escaped(`${container}${explanation.image}`)}"${file}`;
  const standing = standingOf(image, report);
  if (standing === 'allowed') return [`${head}/>`];
  const text = escaped(
    [explanation.message, explanation.wanted, explanation.nextStep].filter((line) => line !== null).join('\n'),
  );
  if (standing === 'warned') {
    return [`${head}>`, `      <system-out>${text}</system-out>`, '    </testcase>'];
  }
  const element = standing === 'unknown' ? 'error' : 'failure';
  const attributes = `type="${escaped(explanation.class ?? 'internal')}" message="${escaped(explanation.message ?? '')}"`;
  return [`${head}>`, `      <${element} ${attributes}>${text}</${element}>`, '    </testcase>'];
}

const marks: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text for an element or a quoted attribute. What XML 1.0 cannot hold at all becomes the sign for that. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"']/g, (mark) => marks[mark] ?? mark);
}
