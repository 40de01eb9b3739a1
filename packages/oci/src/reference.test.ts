import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFault } from '@pratique/runtime/fault';
import {
  formatReference,
  normaliseRegistry,
  parseReference,
  parseRepository,
  referenceTarget,
  repositoryName,
  withDigest,
} from './reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;
const long = `sha512:${'b2'.repeat(64)}`;

describe('a name of an image', () => {
  it.each([
    ['alpine', 'index.docker.io/library/alpine:latest'],
    ['alpine:3.22', 'index.docker.io/library/alpine:3.22'],
    ['grafana/grafana', 'index.docker.io/grafana/grafana:latest'],
    ['docker.io/alpine', 'index.docker.io/library/alpine:latest'],
    ['registry-1.docker.io/a/b', 'index.docker.io/a/b:latest'],
    ['Docker.IO/alpine', 'index.docker.io/library/alpine:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['registry.example.com/team/app', 'registry.example.com/team/app:latest'],
    ['registry:5000/app', 'registry:5000/app:latest'],
    ['192.168.56.114:5000/a', '192.168.56.114:5000/a:latest'],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    ['team/app', 'index.docker.io/team/app:latest'],
    [`alpine@${digest}`, `index.docker.io/library/alpine@${digest}`],
    [`a.io/b:v1@${digest}`, `a.io/b:v1@${digest}`],
    [`a.io/b@${long}`, `a.io/b@${long}`],
    ['a.io/b__c/d-e/f.g--h', 'a.io/b__c/d-e/f.g--h:latest'],
    ['a.io/b:_Tag.1-x', 'a.io/b:_Tag.1-x'],
    ['registry.io', 'index.docker.io/library/registry.io:latest'],
  ])('%s is %s', (text, full) => {
    const reference = parseReference(text);
    expect(formatReference(reference)).toBe(full);
    expect(parseReference(full)).toEqual(reference);
  });

  it.each([
    ['', 'whole'],
    ['a b', 'whole'],
    ['a'.repeat(1_025), 'whole'],
    ['https://a.io/b', 'registry'],
    ['docker://alpine', 'registry'],
    ['a_b.io/c', 'registry'],
    ['-a.io/b', 'registry'],
    ['a..io/b', 'registry'],
    ['a.io:0/b', 'registry'],
    ['a.io:65536/b', 'registry'],
    ['a.io:x/b', 'registry'],
    ['[::1/b', 'registry'],
    ['user@a.io/b', 'digest'],
    ['/b', 'registry'],
    ['a.io/', 'repository'],
    ['a.io//b', 'repository'],
    ['a.io/b/', 'repository'],
    ['a.io/../b', 'repository'],
    ['App', 'repository'],
    ['a.io/Team/app', 'repository'],
    ['a.io/b---.c', 'repository'],
    ['a.io/b_.c', 'repository'],
    [`a.io/${'b'.repeat(256)}`, 'repository'],
    ['a.io/b:', 'tag'],
    ['a.io/b:-x', 'tag'],
    ['a.io/b:x/y', 'repository'],
    [`a.io/b:${'x'.repeat(129)}`, 'tag'],
    ['a.io/b@', 'digest'],
    ['a.io/b@sha256:abc', 'digest'],
    [`a.io/b@${digest.toUpperCase()}`, 'digest'],
    [`a.io/b@md5:${'a'.repeat(32)}`, 'digest'],
    [`a.io/b@${digest}@${digest}`, 'digest'],
  ])('%s is refused for its %s', (text, part) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'reference-invalid', values: expect.objectContaining({ part }) }),
    );
  });

  it('is read or refused whatever it is, and the same when it is read again', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      '.',
      ':',
      '/',
      '@',
      '-',
      '_',
      '5',
      'localhost',
      'docker.io',
      digest,
      '\u0000',
      'é',
      ' ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (name) => {
        try {
          const reference = parseReference(name);
          expect(parseReference(formatReference(reference))).toEqual(reference);
          // Nothing that could leave the path of a request survives.
          expect(repositoryName(reference)).toMatch(/^[a-z0-9.:[\]-]+\/[a-z0-9._/-]+$/);
          expect(reference.repository.split('/')).not.toContain('..');
        } catch (error) {
          expect(isFault(error, 'reference-invalid')).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is asked for by digest, else by tag', () => {
    expect(referenceTarget(parseReference(`a.io/b:v1@${digest}`))).toBe(digest);
    expect(referenceTarget(parseReference('a.io/b'))).toBe('latest');
    expect(formatReference(withDigest(parseReference('a.io/b:v1'), digest))).toBe(`a.io/b@${digest}`);
  });

  it('of a repository has neither tag nor digest', () => {
    expect(parseRepository('a.io/b')).toEqual({ registry: 'a.io', repository: 'b' });
    expect(() => parseRepository('a.io/b:v1')).toThrow(/without a tag/);
    expect(() => parseRepository(`a.io/b@${digest}`)).toThrow(/without a digest/);
  });

  it('has one spelling of its registry', () => {
    expect(normaliseRegistry('docker.io')).toBe('index.docker.io');
    expect(normaliseRegistry('Registry.Example.com:5000')).toBe('registry.example.com:5000');
  });
});
