import { describe, expect, it } from 'vitest';
import { readCatalogue } from './catalogue.ts';
import { homeOf, knownComponents, knownVectors, wellKnownCves } from './known-components.ts';
import { sourcePackages } from './os-packages.ts';

const catalogue = readCatalogue(wellKnownCves);

function homeNamed(cve: string): string {
  const facts = catalogue.get(cve);
  const home = facts === undefined ? 'unlisted' : homeOf(facts);
  return typeof home === 'string' ? home : home.name;
}

describe('the home of a CVE', () => {
  it.each([
    ['CVE-2021-44228', 'org.apache.logging.log4j:log4j-core'],
    ['CVE-2014-6271', 'bash'],
    ['CVE-2023-44487', 'golang.org/x/net'],
    ['CVE-2024-3094', 'xz'],
    ['CVE-2021-3156', 'sudo'],
    ['CVE-2022-48174', 'busybox'],
    ['CVE-2019-1010022', 'glibc'],
    ['CVE-2025-55182', 'react-server-dom-webpack'],
  ])('of %s is %s', (cve, name) => {
    expect(homeNamed(cve)).toBe(name);
  });

  it('is nowhere in a container for products of KEV that no image holds', () => {
    const appliances = [...catalogue.values()].filter((facts) =>
      /^(Cisco|Fortinet|Microsoft|Apple)$/.test(facts.kev?.vendor ?? ''),
    );
    expect(appliances.length).toBeGreaterThan(300);
    expect(appliances.filter((facts) => homeOf(facts) !== 'elsewhere')).toEqual([]);
  });

  it('is any OS package for what nobody listed', () => {
    const unlisted = [...catalogue.values()].find(
      (facts) => facts.kev === undefined && !wellKnownCves.includes(facts.cve) && facts.year === 2021,
    );
    expect(unlisted === undefined ? '' : homeOf(unlisted)).toBe('os');
  });

  it('names OS packages that a distribution of the demo has', () => {
    const packages = new Set(sourcePackages.map((source) => source.name));
    const homes = [...catalogue.values()].map(homeOf).filter((home) => typeof home !== 'string');
    expect(homes.filter((home) => home.source === 0 && !packages.has(home.name))).toEqual([]);
  });

  it('lists each language component once, and vectors only for well-known CVEs', () => {
    const names = knownComponents().map((component) => component.name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(knownVectors).filter((cve) => !wellKnownCves.includes(cve))).toEqual([]);
    expect(Object.values(knownVectors).filter((vector) => !/^CVSS:3\.1(\/[A-Z]{1,2}:[A-Z]){8}$/.test(vector))).toEqual(
      [],
    );
  });
});
