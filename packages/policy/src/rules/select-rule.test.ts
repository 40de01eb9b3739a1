import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImage } from '../image/parse-image.ts';
import { compareExactness, matcherOf } from './match-pattern.ts';
import type { PatternMatching } from './match-pattern.ts';
import { policyOf } from './policy-for-test.ts';
import { needsNamespaceLabels } from './namespace-match.ts';
import { selectRule } from './select-rule.ts';

const hex = 'a'.repeat(64);

describe('anchored matching', () => {
  it.each([
    ['redis', 'redis:7'],
    ['redis', `docker.io/library/redis@sha256:${hex}`],
    ['redis', `redis:7@sha256:${hex}`],
    ['redis:7', `redis:7@sha256:${hex}`],
    ['docker.io/test:*', 'docker.io/test:tag'],
    ['docker.io/library/test', 'test'],
    ['index.docker.io/test:1', 'test:1'],
    ['library/*', 'nginx'],
    ['acme/*:*', 'docker.io/acme/db:1'],
    ['reg.lan:5000/*', `reg.lan:5000/x/y@sha256:${hex}`],
    ['*:*', `reg.lan/x@sha256:${hex}`],
    ['*', 'reg.lan/x'],
    ['**', 'reg.lan/x'],
    ['*/nginx', 'evil.example/nginx:1'],
    ['reg.lan/{a,b/c}', 'reg.lan/b/c:1'],
    ['reg.lan/v[0-9]', 'reg.lan/v7'],
    ['reg.lan/v[!0-9]', 'reg.lan/vx:1'],
    ['reg.lan/app?', 'reg.lan/app1'],
    ['reg.lan/a\\.b', 'reg.lan/a.b'],
    [`reg.lan/x@sha256:${hex}`, `reg.lan/x@sha256:${hex}`],
    ['10.0.0.*:5000/*', '10.0.0.7:5000/x'],
  ])('PAT-3 %s is for %s', (pattern, image) => {
    expect(matches(pattern, image)).toBe(true);
  });

  it.each([
    ['redis', 'redis-evil:1'],
    ['redis', 'evil.example/redis:7'],
    ['redis', 'evil/redis:7'],
    ['redis:7', 'redis:70'],
    ['redis:7', 'redis:8'],
    [`redis@sha256:${hex}`, `redis@sha256:${'b'.repeat(64)}`],
    ['reg.lan', 'reg.lan:5000/evil:1'],
    ['reg.lan', 'reg.lan/evil:1'],
    ['registry.k8s.io/*:*', 'attacker.example/registry.k8s.io/x:1'],
    ['registry.k8s.io/*:*', 'docker.io/registry.k8s.io/x:1'],
    ['docker.io/acme/web', 'docker.io/library/acme/web:1'],
    ['docker.io/*', 'docker.io:443/evil:1'],
    ['docker.io/*', 'docker.io.evil.example/x:1'],
    ['reg.lan/*', 'reg.lan:5000/x:1'],
    ['reg.lan/a.b', 'reg.lan/axb'],
    ['reg.lan/a?b', 'reg.lan/ab'],
    ['reg.lan/[!a]', 'reg.lan/a'],
  ])('PAT-3 %s is not for %s', (pattern, image) => {
    expect(matches(pattern, image)).toBe(false);
  });

  it('PAT-3 a pattern that begins with a host and a slash never matches another host', () => {
    const hosts = [
      'docker.io',
      'index.docker.io',
      'reg.lan',
      'reg.lan:5000',
      'localhost',
      'evil.example',
      'docker.io:443',
    ];
    const path = fc.array(fc.constantFrom('reg.lan', 'docker.io', 'library', 'x', 'localhost'), {
      minLength: 1,
      maxLength: 3,
    });
    const tail = fc.array(fc.constantFrom('*', '?', 'x', '/', ':', '@', '{a,*}', '[!q]', 'library', '5000'), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...hosts),
        fc.constantFrom('', ...hosts.map((host) => `${host}/`)),
        path,
        tail,
        (host, from, parts, end) => {
          const image = imageOf(`${from}${parts.join('/')}:1`);
          if (image === undefined || !matches(`${host}/${end.join('')}`, image.text)) return;
          expect(image.registry).toBe(host === 'docker.io' ? 'index.docker.io' : host);
        },
      ),
      { numRuns: 400 },
    );
  });
});

it.each([
  ['registry.k8s.io/*:*', 'attacker.example/registry.k8s.io/x:1'],
  ['redis', 'evil.example/my-redis-clone:1'],
  ['docker.io/library/redis', 'redis:7'],
])('PAT-2 legacy matching finds %s anywhere in %s', (pattern, image) => {
  expect(matches(pattern, image, 'legacy')).toBe(true);
});

it('PAT-2 takes the longest pattern that a configuration may have', () => {
  const pattern = `reg.lan/${'?'.repeat(200)}`;
  expect(matches(pattern, `evil.example/reg.lan/${'x'.repeat(200)}/y`, 'legacy')).toBe(true);
  expect(matcherOf('a'.repeat(1024), 'legacy')).toBeDefined();
});

describe('selectRule', () => {
  const worked = policyOf(['*:*', 'docker.io/acme/*:*', 'docker.io/acme/web:*', 'reg.lan:5000/*']);

  it.each([
    ['acme/web:1', 2],
    ['acme/db:1', 1],
    [`reg.lan:5000/x/y@sha256:${hex}`, 3],
    ['nginx', 0],
  ])('PAT-4 chooses the most exact rule for %s', (image, index) => {
    expect(chosen(worked, image)).toBe(index);
  });

  it('PAT-4 says why the others lost', () => {
    const { lost } = selectRule(worked, imageOf('acme/web:1')!, { namespace: 'shop' });
    expect(lost.map(({ rule, because }) => [rule.index, because])).toEqual([
      [0, 'rule 3 (docker.io/acme/web:*) has more parts between slashes: 3, this one 1'],
      [1, 'rule 3 (docker.io/acme/web:*) shares more of part 3 with the image: 4 characters, this one 0'],
    ]);
  });

  it.each([
    ['a named host beats a wildcard', ['*/acme/web', 'docker.io/acme/web'], 'acme/web:1', 1],
    ['the order in the file does not matter for it', ['docker.io/acme/web', '*/acme/web'], 'acme/web:1', 0],
    ['a longer tag is more exact', ['reg.lan/x:1*', 'reg.lan/x:1.2*', 'reg.lan/x:*'], 'reg.lan/x:1.2.3', 1],
    ['a longer component wins among equals', ['reg.lan/x*', 'reg.lan/x**'], 'reg.lan/x:1', 1],
    ['the later of identical rules wins', ['reg.lan/x', 'reg.lan/x'], 'reg.lan/x:1', 1],
  ])('PAT-4 %s', (_what, patterns, image, index) => {
    expect(chosen(policyOf(patterns), image)).toBe(index);
  });

  it('PAT-4 names identical rules', () => {
    const { lost } = selectRule(policyOf(['x', 'x']), imageOf('x')!, { namespace: 'shop' });
    expect(lost[0]?.because).toContain('identical rules');
  });

  it('PAT-4 compares with the canonical name in legacy mode, so that docker.io/ counts nothing there', () => {
    const patterns = ['*/acme/web', 'docker.io/acme/web'];
    expect(chosen(policyOf(patterns, 'legacy'), 'acme/web:1')).toBe(1);
    expect(chosen(policyOf(['index.docker.io/acme/web', 'docker.io/acme/web-and-more*'], 'legacy'), 'acme/web:1')).toBe(
      0,
    );
  });

  it('PAT-5 has no rule where nothing matches', () => {
    expect(selectRule(policyOf(['reg.lan/*']), imageOf('nginx')!, { namespace: 'shop' })).toEqual({
      rule: undefined,
      lost: [],
    });
  });

  it('PAT-6 bears patterns with more components than the image has', () => {
    expect(chosen(policyOf(['*', 'reg.lan/{a/b/c/d,c}']), 'reg.lan/c:1')).toBe(1);
    expect(chosen(policyOf(['a/b/c/d/e/*', '*']), 'x')).toBe(1);
  });

  it('PAT-4 orders all rules, whatever they are: the choice does not depend on their order unless they are equal', () => {
    const piece = fc.constantFrom('*', 'reg.lan', 'x', '/', ':', '1', '?', 'docker.io', 'library');
    const pattern = fc.array(piece, { minLength: 1, maxLength: 6 }).map((all) => all.join(''));
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('x:1', 'reg.lan/x:1', 'reg.lan/x/x'),
        (patterns, text) => {
          const image = imageOf(text)!;
          const exact = patterns
            .map((one) => matcherOf(one, 'anchored')?.match(image))
            .filter((one) => one !== undefined);
          for (const one of exact)
            for (const other of exact)
              expect(Math.sign(compareExactness(one, other))).toBe(-Math.sign(compareExactness(other, one)) + 0);
          const forth = selectRule(policyOf(patterns), image, { namespace: 'a' }).rule?.pattern;
          const back = selectRule(policyOf(patterns.toReversed()), image, { namespace: 'a' }).rule?.pattern;
          const same = forth === back || (forth !== undefined && back !== undefined && tie(forth, back, image));
          expect(same).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('rules for namespaces', () => {
  const selector = { matchLabels: { env: 'test' }, matchExpressions: [] };
  const policy = policyOf(['*', 'reg.lan/*'], 'anchored', [undefined, { selector }]);

  it('match.namespaces restricts a rule, and the explanation says so', () => {
    const named = policyOf(['*', 'reg.lan/*'], 'anchored', [undefined, { namespaces: ['shop'] }]);
    expect(chosen(named, 'reg.lan/x', { namespace: 'shop' })).toBe(1);
    const elsewhere = selectRule(named, imageOf('reg.lan/x')!, { namespace: 'bank' });
    expect(elsewhere.rule?.index).toBe(0);
    expect(elsewhere.lost).toMatchObject([{ rule: { index: 1 }, because: 'it is not for the namespace bank' }]);
  });

  it('match.namespaceSelector asks for labels', () => {
    expect(chosen(policy, 'reg.lan/x', { namespace: 'a', namespaceLabels: { env: 'test' } })).toBe(1);
    expect(chosen(policy, 'reg.lan/x', { namespace: 'a', namespaceLabels: {} })).toBe(0);
    expect(needsNamespaceLabels(policy)).toBe(true);
  });

  it.each([
    [{ key: 'env', operator: 'In', values: ['a'] }, { env: 'a' }, true],
    [{ key: 'env', operator: 'In', values: ['a'] }, {}, false],
    [{ key: 'env', operator: 'NotIn', values: ['a'] }, {}, true],
    [{ key: 'env', operator: 'NotIn', values: ['a'] }, { env: 'a' }, false],
    [{ key: 'constructor', operator: 'Exists', values: [] }, {}, false],
    [{ key: 'env', operator: 'DoesNotExist', values: [] }, {}, true],
  ] as const)('match.namespaceSelector reads %j of %j as Kubernetes does', (expression, namespaceLabels, expected) => {
    const one = policyOf(['*'], 'anchored', [{ selector: { matchLabels: {}, matchExpressions: [expression] } }]);
    expect(chosen(one, 'x', { namespace: 'a', namespaceLabels }) === 0).toBe(expected);
  });

  it('labels that could not be read are not the same as none: the image then has no rule', () => {
    const image = imageOf('reg.lan/x')!;
    expect(selectRule(policy, image, { namespace: 'a' })).toMatchObject({ rule: undefined, undecided: { index: 1 } });
    expect(chosen(policy, 'nginx', { namespace: 'a' })).toBe(0);
  });
});

function tie(one: string, other: string, image: NonNullable<ReturnType<typeof imageOf>>): boolean {
  const [a, b] = [one, other].map((pattern) => matcherOf(pattern, 'anchored')?.match(image));
  return a !== undefined && b !== undefined && compareExactness(a, b) === 0;
}

function matches(pattern: string, text: string, matching: PatternMatching = 'anchored'): boolean {
  const image = imageOf(text);
  return image !== undefined && matcherOf(pattern, matching)?.match(image) !== undefined;
}

function chosen(
  policy: ReturnType<typeof policyOf>,
  text: string,
  place: { namespace: string; namespaceLabels?: Record<string, string> } = { namespace: 'shop' },
): number | undefined {
  return selectRule(policy, imageOf(text)!, place).rule?.index;
}

function imageOf(text: string) {
  const read = parseImage(text);
  return read.state === 'valid' ? read.image : undefined;
}
