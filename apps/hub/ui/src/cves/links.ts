/** Where else a CVE is described, grouped by who says it. */
import type { CveDetail } from '@pratique/hub/contract';

export type LinkKind = 'primary' | 'advisory' | 'scores' | 'references' | 'known';

export interface CveLinkTarget {
  readonly kind: LinkKind;
  readonly url: string;
  readonly label: string;
}

type Linked = Pick<
  CveDetail,
  'cve_id' | 'link' | 'advisory_name' | 'advisory_link' | 'cvss_metric_urls' | 'references'
>;

/** The address if a browser may follow it: absolute and http or https. Scanners also carry `javascript:` and worse. */
export function safeUrl(text: string | null | undefined): string | null {
  if (!text || text.length > 4096) return null;
  try {
    const url = new URL(text);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

/** Every followable link of a CVE, each address once, the most telling kind first. */
export function linksOf(cve: Linked): readonly CveLinkTarget[] {
  const found = [
    link('primary', cve.link, null),
    link('advisory', cve.advisory_link, cve.advisory_name),
    ...cve.cvss_metric_urls.map(({ source, url }) => link('scores', url, source === 'unknown' ? null : source)),
    ...cve.references.map(({ uri, tags }) =>
      link('references', uri, tags.length === 0 ? null : `${hostOf(uri)} (${tags.join(', ')})`),
    ),
    ...knownPages(cve),
  ];
  const seen = new Set<string>();
  return found.filter((one) => one !== null).filter(({ url }) => !seen.has(url) && seen.add(url));
}

/** Where nobody gave a link, the two databases that know every CVE. */
function knownPages({ cve_id, cvss_metric_urls }: Linked): readonly (CveLinkTarget | null)[] {
  if (!/^CVE-\d{4}-\d{4,}$/.test(cve_id) || cvss_metric_urls.some(({ url }) => safeUrl(url) !== null)) return [];
  return [
    link('known', `https://access.redhat.com/security/cve/${cve_id}`, 'Red Hat'),
    link('known', `https://nvd.nist.gov/vuln/detail/${cve_id}`, 'NVD'),
  ];
}

function link(kind: LinkKind, address: string | null, label: string | null): CveLinkTarget | null {
  const url = safeUrl(address);
  return url === null ? null : { kind, url, label: label ?? url.replace(/^https?:\/\//, '') };
}

function hostOf(uri: string): string {
  const url = safeUrl(uri);
  return url === null ? uri : new URL(url).host;
}
