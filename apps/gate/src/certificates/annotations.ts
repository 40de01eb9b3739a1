/** What the gate writes beside the content of its objects. */

/** On Secrets: SHA-256 of the leaf the gate put there. Any other certificate in it is somebody else's. */
export const issuedAnnotation = 'pratique.io/issued';

/** On the webhook configuration, from the chart: the wanted `rules` as JSON. */
export const rulesAnnotation = 'pratique.io/rules';

const servesPrefix = 'serves.pratique.io/';

/** On the ConfigMap: what a replica serves. The name part of an annotation has at most 63 characters. */
export function servesAnnotation(pod: string): string {
  return `${servesPrefix}${pod.slice(-63).replace(/^[^A-Za-z0-9]+/, '')}`;
}

/** What one replica serves, as it said itself. */
export interface ServingReport {
  /** The annotation it stands in. */
  readonly annotation: string;
  /** SHA-256 of the leaf. */
  readonly fingerprint: string;
  /** When it said so by its own clock, milliseconds since 1970. */
  readonly at: number;
}

/** The value of such an annotation. */
export function reportText(fingerprint: string, now: number): string {
  return `${fingerprint} ${new Date(now).toISOString()}`;
}

/** All reports in annotations; what has not their form is left out. */
export function readReports(
  annotations: Readonly<Record<string, string>> | null | undefined,
): readonly ServingReport[] {
  return Object.entries(annotations ?? {}).flatMap(([annotation, value]) => {
    if (!annotation.startsWith(servesPrefix)) return [];
    const [, fingerprint = '', time = ''] = /^([0-9a-f]{64}) (\S{1,40})$/.exec(value) ?? [];
    const at = Date.parse(time);
    return fingerprint === '' || Number.isNaN(at) ? [] : [{ annotation, fingerprint, at }];
  });
}
