/** Worlds as plain as a test of polling needs them, and the plainest questions about them. */
import { worldNow, type World } from '../visibility/small-world-fixture.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const bareRow = {
  component: 0,
  severity: 3,
  cvss: 7.1,
  epss: 0.01,
  impact: null,
  firstSeen: worldNow,
  published: null,
  fixable: null,
  fixedBy: null,
  kev: null,
};

/** A world of single-CVE images, each in a deployment of its own. */
export function plainWorld(cvesOfImage: readonly (readonly string[])[]): World {
  const images = cvesOfImage.map((cves, at) => ({
    digest: digest(String(at)),
    names: [`reg.test/${at}:1`],
    os: 'rhel:9',
    scanned: true,
    components: [{ name: 'openssl', version: '1' }],
    rows: cves.map((cve) => ({ ...bareRow, cve })),
    states: {},
    migration: 'v2' as const,
  }));
  const deployments = images.map((image, at) => {
    const containers = [{ name: image.names[0]!, digest: image.digest }];
    return {
      id: `00000000-0000-4000-8000-00000000000${at}`,
      name: `d${at}`,
      namespace: 'shop',
      cluster: 'east',
      containers,
    };
  });
  return { clusters: ['east'], images, deployments };
}

/** Somebody from whom nothing is kept. */
export const everyone = {
  userId: 'me',
  reach: { kind: 'all' as const },
  isSecTeam: true,
  seesAll: true,
  hasNamespaces: true,
};
/** Every page without any filter. */
export const questions = {
  list: {
    page: 1,
    page_size: 200,
    show_suppressed: false,
    prioritized_only: false,
    sort_by: 'severity',
    sort_desc: true,
  },
  images: { show_suppressed: false, sort_by: 'total_cves', sort_desc: true },
  filter: {},
};
