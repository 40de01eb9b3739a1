import { Fault } from '@pratique/runtime/fault';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSigningConfig, selectServices, signingConfigMediaType } from './signing-config.ts';

const now = new Date('2026-06-01T00:00:00Z');

interface Service {
  readonly url?: string;
  readonly version?: number;
  readonly start?: string;
  readonly end?: string;
  readonly operator?: string;
}

function service({
  url = 'https://a.example.com',
  version = 1,
  start = '2026-01-01T00:00:00Z',
  end,
  operator,
}: Service) {
  return { url, majorApiVersion: version, validFor: { start, ...(end && { end }) }, ...(operator && { operator }) };
}

function config(more: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ mediaType: signingConfigMediaType, ...more });
}

function logsOf(services: readonly Service[], rekorTlogConfig: unknown): readonly string[] {
  const parsed = parseSigningConfig(config({ rekorTlogUrls: services.map(service), rekorTlogConfig }));
  return selectServices(parsed, now).logs.map(({ url }) => url);
}

describe('choosing services', () => {
  const old = { url: 'https://old.example.com', start: '2025-01-01T00:00:00Z', operator: 'one' };
  const fresh = { url: 'https://new.example.com', start: '2026-01-01T00:00:00Z', operator: 'one' };
  const second = { url: 'https://v2.example.com', version: 2, start: '2024-01-01T00:00:00Z', operator: 'one' };
  const other = { url: 'https://other.example.com', operator: 'two' };
  const past = { url: 'https://past.example.com', end: '2026-05-01T00:00:00Z', operator: 'three' };
  const future = { url: 'https://future.example.com', start: '2027-01-01T00:00:00Z', operator: 'four' };
  const unknown = { url: 'https://v9.example.com', version: 9, operator: 'five' };

  it.each([
    ['any: the newest', [old, fresh], { selector: 'ANY' }, [fresh.url]],
    ['any: the highest interface', [fresh, second], { selector: 'ANY' }, [second.url]],
    ['all: one of each operator', [old, fresh, other], { selector: 'ALL' }, [fresh.url, other.url]],
    ['exactly two', [fresh, other, past], { selector: 'EXACT', count: 2 }, [fresh.url, other.url]],
    ['none that does not count now or is not known', [past, future, unknown, other], { selector: 'ALL' }, [other.url]],
  ])('takes %s', (_name, services, selector, urls) => {
    expect(logsOf(services, selector)).toEqual(urls);
  });

  it.each([
    ['none counts now', [past, future], { selector: 'ANY' }],
    ['an operator is missing', [old, fresh], { selector: 'EXACT', count: 2 }],
    ['it is not said how many', [fresh], undefined],
    ['it is left undefined', [fresh], { selector: 'SERVICE_SELECTOR_UNDEFINED' }],
    ['logs are demanded and none is listed', [], { selector: 'ANY' }],
  ])('fails when %s', (_name, services, selector) => {
    expect(() => logsOf(services, selector)).toThrow(expect.objectContaining({ code: 'signing-config-unusable' }));
  });

  it('needs nothing where nothing is listed', () => {
    const parsed = parseSigningConfig(config({ rekorTlogConfig: {}, tsaConfig: {} }));
    expect(selectServices(parsed, now)).toEqual({ logs: [], timestampAuthorities: [] });
  });
});

describe('reading a signing configuration', () => {
  it.each([
    ['no JSON', 'hello', 'not JSON'],
    ['another document', '{"mediaType":"application/json"}', '/mediaType'],
    ['a member twice', '{"mediaType":"a","mediaType":"b"}', 'twice'],
    ['an address that is none', config({ caUrls: [service({ url: 'ca' })] }), 'no http or https address'],
    ['a script as address', config({ caUrls: [service({ url: 'javascript:1' })] }), 'no http or https address'],
    ['a time in words', config({ caUrls: [service({ start: 'now' })] }), 'RFC 3339'],
    ['a version in words', config({ caUrls: [{ url: 'https://a', majorApiVersion: 'one' }] }), 'majorApiVersion'],
    ['a selector nobody knows', config({ tsaConfig: { selector: 'SOME' } }), 'SOME'],
    ['an exact number of none', config({ tsaConfig: { selector: 'EXACT' } }), 'exact count'],
    ['too much', ' '.repeat(2_000_000), 'larger than'],
  ])('refuses %s and says why', (_name, text, words) => {
    expect(() => parseSigningConfig(text)).toThrow(words);
  });

  it('gives a configuration or a fault, whatever is given', () => {
    const odd = fc.record(
      { caUrls: fc.jsonValue(), rekorTlogUrls: fc.jsonValue(), tsaConfig: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), odd.map(config)), (text) => {
        try {
          selectServices(parseSigningConfig(text), now);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
    );
  });
});
