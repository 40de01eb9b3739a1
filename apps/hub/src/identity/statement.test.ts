import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isMailAddress,
  parseGroupClaim,
  parseGroups,
  parseNamespaceClaim,
  parseNamespaceEmails,
  parseNamespaces,
} from './statement.ts';

/** Pairs as `namespace|cluster`, or `*`. */
function read(text: string | undefined): readonly string[] {
  const { wildcard, pairs } = parseNamespaces(text);
  return wildcard ? ['*', ...pairs.map(String)] : pairs.map((pair) => `${pair.namespace}|${pair.cluster_name}`);
}

describe('X-Forwarded-Namespaces', () => {
  it.each<[string | undefined, readonly string[]]>([
    [undefined, []],
    ['', []],
    ['  \t ', []],
    ['*', ['*']],
    ['  *  ', ['*']],
    ['*,a:b', ['a|b']],
    ['a:b,*', ['a|b']],
    ['*,*', []],
    ['*:east', ['*|east']],
    ['a:b,c:d', ['a|b', 'c|d']],
    [' a : b , c:d ', ['a|b', 'c|d']],
    ['a', []],
    ['a,b:c', ['b|c']],
    ['a:b:c:d', ['a|b:c:d']],
    [':b', []],
    ['a:', []],
    [' : ', []],
    ['a:b,a:b,a:b', ['a|b']],
    ['A:b,a:B,a:b', ['A|b', 'a|B', 'a|b']],
    ['a:b,,c:d,', ['a|b', 'c|d']],
    ['a:b\u0000', []],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('never invents a wildcard, an empty part or a duplicate', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('*', 'a:b', ' a:b', ':', 'a:b:c'))), (items) => {
        const text = items.join(',');
        const { wildcard, pairs } = parseNamespaces(text);
        expect(wildcard).toBe(text.trim() === '*');
        expect(pairs.every((pair) => pair.namespace.trim() !== '' && pair.cluster_name.trim() !== '')).toBe(true);
        expect(new Set(pairs.map((pair) => JSON.stringify(pair))).size).toBe(pairs.length);
      }),
    );
  });

  it('reads back what a spoke writes', () => {
    const name = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,20}[a-z0-9])?$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.record({ namespace: name, cluster_name: name }), {
          selector: (pair) => `${pair.namespace}:${pair.cluster_name}`,
        }),
        (pairs) => {
          expect(
            parseNamespaces(pairs.map((pair) => `${pair.namespace}:${pair.cluster_name}`).join(',')).pairs,
          ).toEqual(pairs);
        },
      ),
    );
  });
});

describe('the namespaces claim', () => {
  it.each<[unknown, boolean, number]>([
    ['*', true, 0],
    [['*'], true, 0],
    [['*', 'a:b'], false, 1],
    [['a:b', 'c:d'], false, 2],
    ['a:b,c:d', false, 2],
    [[1, null, { a: 'b' }, 'a:b'], false, 1],
    [undefined, false, 0],
    [{ namespaces: '*' }, false, 0],
    [true, false, 0],
  ])('%j', (claim, wildcard, count) => {
    const statement = parseNamespaceClaim(claim);
    expect([statement.wildcard, statement.pairs.length]).toEqual([wildcard, count]);
  });
});

describe('groups', () => {
  it('are trimmed, never empty, and keep their case', () => {
    expect(parseGroups(' a ,, B,c ')).toEqual(['a', 'B', 'c']);
    expect(parseGroupClaim(['a', ' b ', 3, ''])).toEqual(['a', 'b']);
    expect(parseGroupClaim({ 0: 'rhacs-sec-team' })).toEqual([]);
  });
});

describe('X-Forwarded-Namespace-Emails', () => {
  it.each<[string | undefined, readonly string[]]>([
    [undefined, []],
    ['a:b=x@example.com', ['a|b|x@example.com']],
    ['a:b=x@example.com,c:d=y@example.com', ['a|b|x@example.com', 'c|d|y@example.com']],
    ['a:b:c=x@example.com', ['a|b:c|x@example.com']],
    ['a:b=c=x@example.com', ['a|b=c|x@example.com']],
    ['a:b', []],
    ['a=x@example.com', []],
    ['a:b=', []],
    [':b=x@example.com', []],
    ['a:b=not an address', []],
    ['a:b=x@example.com\r\nBcc: y@example.com', []],
    ['a:b=one@example.com,a:b=two@example.com', ['a|b|two@example.com']],
    [`a:b=${'x'.repeat(250)}@example.com`, []],
  ])('%j', (text, expected) => {
    expect(parseNamespaceEmails(text).map((one) => `${one.namespace}|${one.cluster_name}|${one.email}`)).toEqual(
      expected,
    );
  });

  it('lets nothing through that could break a mail header', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress(), fc.stringMatching(/^.{0,8}@.{0,8}$/)),
        (text) => {
          if (isMailAddress(text)) expect(text).not.toMatch(/[\s,;<>"\\]/);
        },
      ),
    );
    expect(isMailAddress('ada.lovelace+cve@mail.example.com')).toBe(true);
  });
});
