import { describe, expect, it } from 'vitest';
import { readCatalogue } from './catalogue.ts';
import { drawFrom } from './draw.ts';
import { stateOf } from './exceptions.ts';
import { takeInventory } from './findings.ts';
import { assertIdentity } from './identity.ts';
import { planImages } from './images.ts';
import { wellKnownCves } from './known-components.ts';
import { layersOf } from './layers.ts';
import { packageVersion, sourcePackages } from './os-packages.ts';
import { planWorkloads } from './workloads.ts';

const now = new Date('2026-11-20T09:30:00Z');
const draw = drawFrom('plan');
const workloads = planWorkloads(draw);
const images = planImages(draw, workloads, 'mixed', now);
const inventory = takeInventory(draw, readCatalogue(wellKnownCves), now);

describe('the plan of the workloads', () => {
  it('gives every namespace an id of its own, platform ones the same name in each cluster', () => {
    expect(new Set(workloads.namespaces.map((namespace) => namespace.id)).size).toBe(workloads.namespaces.length);
    const monitoring = workloads.namespaces.filter((namespace) => namespace.name === 'openshift-monitoring');
    expect(monitoring.map((namespace) => namespace.cluster.name)).toEqual(['harbor-eu', 'harbor-us', 'quarantine-lab']);
  });

  it('annotates team namespaces with people, a group and an address that nobody has', () => {
    for (const { platform, annotations } of workloads.namespaces) {
      expect(annotations['rhacs-manager.io/groups']).not.toBe('');
      expect(platform || (annotations['rhacs-manager.io/escalation-email'] ?? '').endsWith('@example.com')).toBe(true);
    }
    const payments = workloads.namespaces.find((namespace) => namespace.name === 'payments');
    expect(payments?.annotations['rhacs-manager.io/users']).toBe('alice,dieter');
  });

  it('puts the proxy beside every team workload', () => {
    const teams = workloads.deployments.filter((deployment) => !deployment.namespace.platform);
    expect(
      teams.filter((deployment) => !deployment.images.some((image) => image.startsWith('mesh/sidecar-proxy:'))),
    ).toEqual([]);
  });
});

describe('the plan of the images', () => {
  it('has every image that a workload names, under its digest and id', () => {
    const planned = new Set(images.map((image) => `${image.remote}:${image.tag}`));
    expect(
      workloads.deployments.flatMap((deployment) => deployment.images).filter((image) => !planned.has(image)),
    ).toEqual([]);
    expect(images.filter((image) => !/^sha256:[0-9a-f]{64}$/.test(image.digest))).toEqual([]);
  });

  it('gives the copies of the laboratory the digest of the original and another V2 id', () => {
    const copies = images.filter((image) => image.remote.startsWith('mirror-lab/'));
    const originals = new Map(images.map((image) => [`${image.remote}:${image.tag}`, image]));
    const pairs = copies.map((copy) => ({
      copy,
      original: originals.get(`${copy.remote.replace('mirror-lab/', 'mirror/')}:${copy.tag}`),
    }));
    const found = pairs.filter((pair) => pair.original !== undefined);
    expect(found.length).toBeGreaterThan(0);
    for (const { copy, original } of found) {
      expect(copy.digest).toBe(original?.digest);
      expect(copy.v2Id).not.toBe(original?.v2Id);
    }
  });

  it('lets every image have rows in at least one generation', () => {
    expect(images.filter((image) => image.generations.v1 === 'absent' && image.generations.v2 !== 'full')).toEqual([]);
  });

  it('writes a Dockerfile history that begins with a base and ends with a command', () => {
    for (const image of images) {
      const layers = layersOf(image);
      expect([layers[0]?.instruction, layers.at(-1)?.instruction]).toEqual(['ADD', 'CMD']);
    }
  });
});

describe('the plan of the findings', () => {
  it('finds nothing in an image that was never scanned and nothing harmful in a clean one', () => {
    const unscanned = images.filter((image) => image.firstScan === null);
    const clean = images.filter((image) => image.clean && image.firstScan !== null);
    expect(unscanned.length * clean.length).toBeGreaterThan(0);
    expect(unscanned.flatMap((image) => inventory(image))).toEqual([]);
    expect(clean.flatMap((image) => inventory(image).flatMap((component) => component.verdicts))).toEqual([]);
  });

  it('shows a fixed OS finding only in images whose packages are older than the fix', () => {
    for (const image of images.slice(0, 40)) {
      const fixable = inventory(image)
        .flatMap((component) => (component.source === 0 ? component.verdicts : []))
        .filter((verdict) => verdict.fixedBy !== '');
      expect(fixable.filter((verdict) => verdict.fixedInRevision <= image.revision)).toEqual([]);
    }
  });

  it('says the same about a CVE in all images of a distribution', () => {
    const said = new Map<string, string>();
    for (const image of images) {
      for (const verdict of inventory(image).flatMap((component) =>
        component.source === 0 ? component.verdicts : [],
      )) {
        const key = `${image.family} ${verdict.name}`;
        const words = `${verdict.severity} ${verdict.cvss} ${verdict.fixedInRevision} ${verdict.advisory}`;
        expect(said.get(key) ?? words).toBe(words);
        said.set(key, words);
      }
    }
    expect(said.size).toBeGreaterThan(2000);
  });

  it('applies an exception for one image to that image only', () => {
    const proxy = images.find((image) => image.remote === 'mesh/sidecar-proxy');
    const another = images.find((image) => image.remote !== 'mesh/sidecar-proxy');
    expect(proxy === undefined ? -1 : stateOf(proxy, 'CVE-2023-44487')).toBe(1);
    expect(another === undefined ? -1 : stateOf(another, 'CVE-2023-44487')).toBe(0);
    expect(another === undefined ? -1 : stateOf(another, 'CVE-2019-1010022')).toBe(2);
    expect(another === undefined ? -1 : stateOf(another, 'CVE-2014-6271')).toBe(0); // that exception expired
  });
});

describe('versions and packages of the distributions', () => {
  it.each([
    ['rhel:9', '3.0.7-24.el9'],
    ['debian:12', '3.0.7-2+deb12u24'],
    ['ubuntu:22.04', '3.0.7-0ubuntu0.22.04.24'],
    ['alpine:3.19', '3.0.7-r24'],
  ] as const)('in the style of %s: %s', (family, version) => {
    expect(packageVersion(family, '3.0.7', 24)).toBe(version);
  });

  it('has a known spread and clean names for every source package', () => {
    expect(new Set(sourcePackages.map((source) => source.spread))).toEqual(
      new Set(['minimal', 'usual', 'full', 'special']),
    );
    const names = sourcePackages.flatMap((source) => Object.values(source.binaries).flat());
    expect(names.filter((name) => !/^[A-Za-z0-9][A-Za-z0-9.+_-]*$/.test(name))).toEqual([]);
  });
});

describe('the image identity of a release', () => {
  it.each([
    ['4.8', undefined, 'v1'],
    ['4.10', undefined, 'v1'],
    ['4.11', undefined, 'v2'],
    ['next', undefined, 'v2'],
    ['4.11', 'mixed', 'mixed'],
    ['4.9', 'v2', 'v2'],
  ] as const)('of %s asked for %s is %s', (release, wanted, identity) => {
    expect(assertIdentity(release, wanted)).toBe(identity);
  });
});
