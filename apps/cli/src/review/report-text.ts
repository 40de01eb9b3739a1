/** A review for a terminal. */
import { explanationText } from '@pratique/policy';
import { excerpt } from '@pratique/runtime/fault';
import { countStandings, standingOf } from './review-report.ts';
import type { ReviewedImage, ReviewReport, Standing } from './review-report.ts';
import type { ImagePlace } from './workload-files.ts';

/** The review as text that ends with a line feed. */
export function reviewText(report: ReviewReport): string {
  const blocks = report.images.map((image) => blockOf(image, report));
  return `${[...blocks, summaryOf(report)].join('\n\n')}\n`;
}

function blockOf(image: ReviewedImage, report: ReviewReport): string {
  const [headline = '', ...rest] = explanationText(image.explanation).split('\n');
  // The headline of a verdict knows nothing of detection mode and of what is merely unknown.
  const words: Readonly<Record<Standing, string>> = {
    allowed: 'ALLOWED',
    warned: 'WARNED ',
    refused: 'REFUSED',
    unknown: 'UNKNOWN',
  };
  const title = `${words[standingOf(image, report)]}${headline.slice('ALLOWED'.length)}`;
  const used = image.places.map((place) => `  used in   ${placeInWords(place, image.namespace)}`);
  const asked =
    image.places.length === 0 ? [`  used in   namespace ${excerpt(image.namespace)} (named on the command line)`] : [];
  return [title, ...used, ...asked, ...rest].join('\n');
}

/** `deployment.yaml:12 Deployment shop/web, container nginx`. */
export function placeInWords({ file, line, kind, name, container }: ImagePlace, namespace: string): string {
  const owner = `${kind} ${excerpt(namespace)}/${excerpt(name) || '(without a name)'}`;
  return `${excerpt(file, 300)}:${line} ${owner}${container === '' ? '' : `, container ${excerpt(container)}`}`;
}

function summaryOf(report: ReviewReport): string {
  const { allowed, warned, refused, unknown } = countStandings(report);
  const parts = [
    `${allowed} allowed`,
    ...(warned > 0 ? [`${warned} would be refused (only warned)`] : []),
    `${refused} refused`,
    ...(unknown > 0 ? [`${unknown} could not be looked at`] : []),
  ];
  const others = [...report.otherKinds].map(([kind, count]) => `${count} ${excerpt(kind)}`);
  const count = `${report.images.length} image${report.images.length === 1 ? '' : 's'}`;
  const left = others.length === 0 ? '' : `\nThe gate does not look at: ${others.join(', ')}.`;
  return `${count}: ${parts.join(', ')}.${left}`;
}
