/** Where else a CVE is described, grouped by who says it. */
import type { CveDetail } from '@pratique/hub/contract';

/** In the order in which they help: what to do, who ships it, who scores it, how it is mended or abused, the rest. */
export const linkKinds = ['advisory', 'vendor', 'nvd', 'fix', 'exploit', 'reference'] as const;
export type LinkKind = (typeof linkKinds)[number];

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
    link(cve.advisory_link, { label: cve.advisory_name, kind: 'advisory' }),
    link(cve.link, {}),
    ...cve.cvss_metric_urls.map(({ source, url }) => link(url, { label: source === 'unknown' ? null : source })),
    ...cve.references.map(({ uri, tags }) => link(uri, { tags })),
    ...knownPages(cve),
  ];
  const seen = new Set<string>();
  return found
    .filter((one) => one !== null)
    .filter(({ url }) => !seen.has(url) && seen.add(url))
    .toSorted((a, b) => linkKinds.indexOf(a.kind) - linkKinds.indexOf(b.kind));
}

/** Where nobody gave a link, the two databases that know every CVE. */
function knownPages({ cve_id, cvss_metric_urls }: Linked): readonly (CveLinkTarget | null)[] {
  if (!/^CVE-\d{4}-\d{4,}$/.test(cve_id) || cvss_metric_urls.some(({ url }) => safeUrl(url) !== null)) return [];
  return [
    link(`https://access.redhat.com/security/cve/${cve_id}`, { label: 'Red Hat' }),
    link(`https://nvd.nist.gov/vuln/detail/${cve_id}`, { label: 'NVD' }),
  ];
}

interface LinkFacts {
  readonly label?: string | null;
  readonly kind?: LinkKind;
  readonly tags?: readonly string[];
}

function link(address: string | null, { label = null, kind, tags = [] }: LinkFacts): CveLinkTarget | null {
  const url = safeUrl(address);
  if (url === null) return null;
  const shown = label ?? url.replace(/^https?:\/\//, '').replace(/\/$/, '');
  return {
    kind: kind ?? kindOf(new URL(url), tags),
    url,
    label: tags.length === 0 ? shown : `${shown} (${tags.join(', ')})`,
  };
}

/** Sites of those who ship the software, and of nobody else. */
const vendors =
  /(?:^|\.)(?:redhat\.com|debian\.org|ubuntu\.com|suse\.com|opensuse\.org|alpinelinux\.org|fedoraproject\.org|rockylinux\.org|almalinux\.org|oracle\.com|microsoft\.com|apache\.org|amazon\.com|apple\.com|cisco\.com)$/;
const codeHosts = /^(?:github\.com|gitlab\.com|bitbucket\.org)$/;

/** Who is speaking: what the scanner's tags say, else what the address does. */
function kindOf(url: URL, tags: readonly string[]): LinkKind {
  const said = tags.join(' ').toLowerCase();
  if (url.hostname === 'nvd.nist.gov') return 'nvd';
  if (said.includes('exploit')) return 'exploit';
  if (said.includes('advisory') || /\/(?:security\/)?advisories\/|\/errata\//i.test(url.pathname)) return 'advisory';
  if (said.includes('vendor') || vendors.test(url.hostname)) return 'vendor';
  const isChange = codeHosts.test(url.hostname) && /\/(?:commit|pull|merge_requests|releases)\//.test(url.pathname);
  return said.includes('patch') || said.includes('fix') || isChange ? 'fix' : 'reference';
}
