import { createHash } from 'node:crypto';
import { asUuid } from './draw.ts';
import type { Draw } from './draw.ts';
import { families, lastRevision } from './os-packages.ts';
import type { Family, Spread } from './os-packages.ts';
import type { WorkloadPlan } from './workloads.ts';

/** What an image is built with; decides its language packages. */
export type Stack = 'java' | 'node' | 'python' | 'go' | 'ruby' | 'php' | 'plain';

/** Which rows an image has: `bare` is a V2 row that Central wrote from old metadata, without components. */
export interface Generations {
  readonly v1: 'full' | 'absent';
  readonly v2: 'full' | 'bare' | 'absent';
}

/** Which image identity the database uses; `mixed` is 4.11 in the middle of the step from V1 to V2. */
export type ImageIdentity = 'v1' | 'v2' | 'mixed';

/** One image. */
export interface ImagePlan {
  readonly registry: string;
  readonly remote: string;
  readonly tag: string;
  readonly fullName: string;
  readonly digest: string;
  readonly v2Id: string;
  readonly family: Family;
  readonly stack: Stack;
  /** Largest spread of OS packages that is installed. */
  readonly size: Exclude<Spread, 'special'>;
  /** Source packages installed because of the stack. */
  readonly special: readonly string[];
  /** Revision that its OS packages stand at, 1 to `lastRevision`. */
  readonly revision: number;
  readonly created: Date;
  /** When Central first scanned it; null when it never could. */
  readonly firstScan: Date | null;
  readonly clean: boolean;
  readonly deployed: boolean;
  readonly generations: Generations;
}

const registry = 'registry.example.com';
/** The same images copied under another name: one digest, two names. */
const copiedPrefix = /^mirror-lab\//;
const dayMs = 86_400_000;

/** Images whose name says what they are. */
const fixed: Readonly<Record<string, { readonly stack: Stack; readonly special: readonly string[] }>> = {
  'mirror/redis': { stack: 'plain', special: ['redis'] },
  'mirror/postgres': { stack: 'plain', special: [] },
  'mirror/activemq': { stack: 'java', special: ['openjdk'] },
  'mesh/sidecar-proxy': { stack: 'go', special: [] },
  'observability/log-shipper': { stack: 'go', special: [] },
  'platform/openshift-monitoring/grafana': { stack: 'go', special: [] },
};

/** What only some stacks bring along. */
const stackPackages: Readonly<Record<Stack, readonly string[]>> = {
  java: ['openjdk'],
  node: ['chromium'],
  python: ['imagemagick'],
  go: [],
  ruby: ['imagemagick'],
  php: ['php', 'httpd', 'roundcube'],
  plain: ['nginx', 'httpd', 'samba', 'exim', 'erlang'],
};

/** Plans every image that runs, and older releases that do not run any more. */
export function planImages(
  draw: Draw,
  workloads: WorkloadPlan,
  identity: ImageIdentity,
  now: Date,
): readonly ImagePlan[] {
  const running = [...new Set(workloads.deployments.flatMap((deployment) => deployment.images))].toSorted();
  const retired = running
    .filter((name) => !name.startsWith('mirror') && draw.chance(0.3, 'retired', name))
    .map((name) => name.replace(/[^.]+$/, (patch) => `${Number(patch) + 10}`));
  return [
    ...running.map((name) => planImage({ draw, name, identity, now, deployed: true })),
    ...retired.map((name) => planImage({ draw, name, identity, now, deployed: false })),
  ];
}

interface ImageRequest {
  readonly draw: Draw;
  readonly name: string;
  readonly identity: ImageIdentity;
  readonly now: Date;
  readonly deployed: boolean;
}

function planImage(request: ImageRequest): ImagePlan {
  const { draw, name, now } = request;
  const [remote = '', tag = ''] = name.split(':');
  const fullName = `${registry}/${name}`;
  const origin = { name: name.replace(copiedPrefix, 'mirror/'), remote: remote.replace(copiedPrefix, 'mirror/') };
  const digest = `sha256:${draw.hex('digest', origin.name)}`;
  const { stack, special } = fixed[origin.remote] ?? drawnStack(draw, remote);
  const age = 400 * draw.number('age', origin.name) ** 1.7 + (request.deployed ? 1 : 60);
  const firstScan = new Date(now.getTime() - Math.min(age, 400) * dayMs);
  const sidecar = remote.startsWith('mesh/') || remote.startsWith('observability/');
  return {
    ...{ registry, remote, tag, fullName, digest, v2Id: imageV2Id(fullName, digest), stack, special },
    family: familyOf(draw, origin.remote),
    size: sidecar
      ? 'usual'
      : draw.pick(['minimal', 'minimal', 'usual', 'usual', 'usual', 'full'] as const, 'size', origin.remote),
    revision: Math.max(
      1,
      lastRevision - 4 - Math.floor((age / 400) * 14) - draw.between(0, 4, 'revision', origin.name),
    ),
    created: new Date(firstScan.getTime() - draw.between(1, 72, 'build', origin.name) * 3_600_000),
    firstScan: !sidecar && draw.chance(0.025, 'unscanned', origin.name) ? null : firstScan,
    clean: !sidecar && stack === 'go' && draw.chance(0.12, 'clean', name),
    deployed: request.deployed,
    generations: generationsOf(draw, origin.name, request.identity),
  };
}

function drawnStack(draw: Draw, remote: string): { readonly stack: Stack; readonly special: readonly string[] } {
  const stacks = [
    'java',
    'java',
    'java',
    'node',
    'node',
    'python',
    'python',
    'go',
    'go',
    'ruby',
    'php',
    'plain',
  ] as const;
  const stack: Stack = draw.pick(stacks, 'stack', remote);
  const special = stackPackages[stack].filter((name) => stack === 'java' || draw.chance(0.4, 'special', remote, name));
  return { stack, special };
}

function familyOf(draw: Draw, remote: string): Family {
  if (remote.startsWith('platform/')) {
    return 'rhel:9';
  }
  const at = [0, 0, 0, 1, 1, 1, 2, 2, 3][draw.between(0, 8, 'family', remote)] ?? 0;
  return families[at] ?? 'rhel:9';
}

function generationsOf(draw: Draw, name: string, identity: ImageIdentity): Generations {
  if (identity !== 'mixed') {
    return identity === 'v1' ? { v1: 'full', v2: 'absent' } : { v1: 'absent', v2: 'full' };
  }
  const at = draw.number('generation', name);
  return at < 0.4
    ? { v1: 'full', v2: 'full' }
    : at < 0.72
      ? { v1: 'full', v2: 'absent' }
      : at < 0.92
        ? { v1: 'absent', v2: 'full' }
        : { v1: 'full', v2: 'bare' };
}

/**
 * The id of a V2 image: UUID version 5 whose namespace is the first 16 bytes of SHA-256(full name)
 * and whose name is the digest (stackrox-db specification, section 2.3).
 */
export function imageV2Id(fullName: string, digest: string): string {
  const namespace = createHash('sha256').update(fullName).digest().subarray(0, 16);
  return uuidV5(namespace, digest);
}

/** UUID version 5 (RFC 9562, section 5.5). */
export function uuidV5(namespace: Uint8Array, name: string): string {
  return asUuid(createHash('sha1').update(namespace).update(name).digest('hex'), '5');
}
