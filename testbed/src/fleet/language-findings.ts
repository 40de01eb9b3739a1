import type { CveFacts } from './catalogue.ts';
import type { Draw } from './draw.ts';
import type { ImagePlan, Stack } from './images.ts';
import { homeOf, knownComponents } from './known-components.ts';
import type { ComponentSource } from './known-components.ts';
import { advisoryTwins, publishedOn, severityOf } from './verdict.ts';
import type { ComponentPlan, Verdict, VerdictsByPackage } from './verdict.ts';

const dayMs = 86_400_000;

/** What is known about language packages, by package; the same in every distribution. */
export function languageVerdicts(draw: Draw, catalogue: ReadonlyMap<string, CveFacts>, now: Date): VerdictsByPackage {
  const found = new Map<string, Verdict[]>();
  for (const facts of catalogue.values()) {
    const home = homeOf(facts);
    const published = publishedOn(draw, facts);
    if (typeof home === 'string' || home.source === 0 || published.getTime() > now.getTime() - 2 * dayMs) {
      continue;
    }
    const cvss = facts.cvss === 0 ? (home.cvss ?? 0) : facts.cvss;
    const fixed = {
      fixedBy: home.fixedBy,
      fixedInRevision: Infinity,
      advisory: '',
      fixAvailable: new Date(published.getTime() + 3 * dayMs),
    };
    found.set(home.name, [
      ...(found.get(home.name) ?? []),
      { ...{ facts, published, cvss, name: facts.cve }, severity: severityOf(cvss), ...fixed },
    ]);
  }
  for (const verdicts of found.values()) {
    verdicts.push(...advisoryTwins(verdicts, 'GHSA-'));
  }
  return found;
}

/** Language packages without known findings: an inventory is mostly these. */
const harmless: Readonly<Record<Stack, readonly string[]>> = {
  java: [
    'org.slf4j:slf4j-api',
    'com.zaxxer:HikariCP',
    'io.micrometer:micrometer-core',
    'org.hibernate:hibernate-core',
    'com.google.guava:guava',
  ],
  node: ['express', 'fastify', 'pino', 'uuid', 'date-fns', 'zod', 'react', 'react-dom'],
  python: ['fastapi', 'pydantic', 'uvicorn', 'sqlalchemy', 'httpx', 'numpy'],
  go: ['github.com/spf13/cobra', 'go.uber.org/zap', 'github.com/prometheus/client_golang', 'k8s.io/client-go'],
  ruby: ['puma', 'sidekiq', 'pg', 'dry-validation'],
  php: [],
  plain: [],
};
const sourceOf: Readonly<Record<Stack, ComponentSource>> = {
  java: 2,
  node: 4,
  python: 1,
  go: 7,
  ruby: 3,
  php: 0,
  plain: 0,
};

/** The language packages of an image with what was found in them. */
export function languageComponents(
  draw: Draw,
  image: ImagePlan,
  verdicts: VerdictsByPackage,
): readonly ComponentPlan[] {
  const source = sourceOf[image.stack];
  if (source === 0) {
    return [];
  }
  const plain = harmless[image.stack].map((name) => {
    const version = `${draw.between(1, 6, 'major', name)}.${draw.between(0, 12, 'minor', name, image.remote)}.0`;
    return { name, version, source, location: locationOf(image.stack, name, version), base: false, verdicts: [] };
  });
  return [...plain, ...riskyComponents(draw, image, verdicts)];
}

function riskyComponents(draw: Draw, image: ImagePlan, verdicts: VerdictsByPackage): readonly ComponentPlan[] {
  const source = sourceOf[image.stack];
  const known = knownComponents().filter((component) => component.source === source);
  return known
    .filter(
      (component) => isBuiltIn(image, component.name) || draw.chance(0.32, 'dependency', image.remote, component.name),
    )
    .map((component) => {
      const patched = component.fixedBy !== '' && draw.chance(0.35, 'patched', image.remote, image.tag, component.name);
      const version = patched ? component.fixedBy : component.version;
      const location = locationOf(image.stack, component.name, version);
      return {
        name: component.name,
        version,
        source,
        location,
        base: false,
        verdicts: patched ? [] : (verdicts.get(component.name) ?? []),
      };
    });
}

/** Software that an image is, rather than uses. */
function isBuiltIn(image: ImagePlan, component: string): boolean {
  const product = image.remote.slice(image.remote.lastIndexOf('/') + 1);
  const sidecar = image.remote === 'mesh/sidecar-proxy' && component === 'golang.org/x/net';
  return (
    sidecar ||
    ((product === 'grafana' || product === 'activemq') && component.includes(`/${product}`)) ||
    component.includes(`.${product}:`)
  );
}

function locationOf(stack: Stack, name: string, version: string): string {
  const last = name.slice(Math.max(name.lastIndexOf(':'), name.lastIndexOf('/')) + 1);
  switch (stack) {
    case 'java':
      return `opt/app/lib/${last}-${version}.jar`;
    case 'node':
      return `opt/app/node_modules/${name}/package.json`;
    case 'python':
      return `usr/lib/python3.11/site-packages/${name.replaceAll('-', '_')}-${version}.dist-info/METADATA`;
    case 'ruby':
      return `usr/local/bundle/specifications/${name}-${version}.gemspec`;
    default:
      return 'opt/app/server';
  }
}
