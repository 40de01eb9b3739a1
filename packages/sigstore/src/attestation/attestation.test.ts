import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goJson } from '../json/go-json.ts';
import { predicateType, predicateTypeNames } from './predicate-types.ts';
import { makePredicate } from './predicate.ts';

const now = new Date('2026-01-02T04:00:00Z');

function make(type: string, content: unknown) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return makePredicate({ type, file: Buffer.from(text), now });
}

const scan = {
  invocation: { parameters: { deep: [1, '<'] }, uri: 'https://ci/1', event_id: '1', 'builder.id': 'b', more: 1 },
  scanner: {
    uri: 'pkg:generic/scanner@1',
    version: '1',
    db: { uri: 'db', version: '2', more: 1 },
    result: { any: [1] },
    more: 1,
  },
  metadata: { scanStartedOn: '2026-01-02T03:04:05Z', scanFinishedOn: '2026-01-02T03:04:35.5+00:00', more: 1 },
  more: 1,
};

describe('a predicate', () => {
  it.each([
    [
      'custom',
      'https://cosign.sigstore.dev/attestation/v1',
      'any <text>',
      { Data: 'any <text>', Timestamp: '2026-01-02T04:00:00Z' },
    ],
    ['spdx', 'https://spdx.dev/Document', 'SPDXVersion: x\n', 'SPDXVersion: x\n'],
    ['spdxjson', 'https://spdx.dev/Document', '{"a":1}', { a: 1 }],
    ['cyclonedx', 'https://cyclonedx.org/bom', '{"a":1}', { a: 1 }],
    ['openvex', 'https://openvex.dev/ns', '{"a":1}', { a: 1 }],
    [
      'slsaprovenance',
      'https://slsa.dev/provenance/v0.2',
      '{"builder":{"id":"x"},"buildType":"y"}',
      { builder: { id: 'x' }, buildType: 'y' },
    ],
    [
      'slsaprovenance1',
      'https://slsa.dev/provenance/v1',
      '{"buildDefinition":{},"runDetails":{}}',
      { buildDefinition: {}, runDetails: {} },
    ],
    ['https://example.com/check/v1', 'https://example.com/check/v1', '{"ok":true}', { ok: true }],
  ])('of type %s becomes what the type says', (type, uri, file, value) => {
    const made = make(type, file);
    expect({ ...made, value: JSON.parse(goJson(made.value)) as unknown }).toEqual({ uri, value });
  });

  it.each([
    ['slsaprovenance', '{"builder":{}}', 'required field buildType missing'],
    ['slsaprovenance1', '{"runDetails":{}}', 'required field buildDefinition missing'],
    ['link', '{}', 'required field _type, name'],
    ['cyclonedx', '[1]', 'not a JSON object'],
    ['cyclonedx', '{"a":1,"a":2}', 'twice'],
    ['cyclonedx', 'text', 'not JSON'],
  ])('of type %s without what it needs is refused', (type, file, why) => {
    expect(() => make(type, file)).toThrow(
      expect.objectContaining({ code: 'predicate-invalid', message: expect.stringContaining(why) }),
    );
  });

  it.each(['', 'unknown', 'constructor', 'example.com/x', 'https://'])('has no type %j', (type) => {
    expect(() => predicateType(type)).toThrow(expect.objectContaining({ code: 'predicate-type-invalid' }));
  });

  it('is signed as it was given, numbers and order included', () => {
    const text = '{ "10": 9007199254740993,\n"9": 1e400, "a": "\\u003c" }';
    expect(goJson(make('cyclonedx', ` ${text}\n`).value)).toBe(text);
    const result = '{"10":9007199254740993, "9":1}';
    const { metadata } = scan;
    const given = `{"metadata":${JSON.stringify(metadata)},"scanner":{"uri":"x","result": ${result} }}`;
    expect(goJson(make('vuln', given).value)).toContain(`"result":${result}}`);
  });

  it('that is no text is refused for types of text', () => {
    expect(() => makePredicate({ type: 'custom', file: Buffer.from([0xff]), now })).toThrow(
      expect.objectContaining({ code: 'not-text' }),
    );
  });
});

describe('the vulnerability predicate', () => {
  it('keeps its shape, its parameters and its result, and nothing else', () => {
    expect(JSON.parse(goJson(make('vuln', scan).value))).toEqual({
      invocation: { parameters: { deep: [1, '<'] }, uri: 'https://ci/1', event_id: '1', 'builder.id': 'b' },
      scanner: { uri: 'pkg:generic/scanner@1', version: '1', db: { uri: 'db', version: '2' }, result: { any: [1] } },
      metadata: { scanStartedOn: '2026-01-02T03:04:05Z', scanFinishedOn: '2026-01-02T03:04:35.5+00:00' },
    });
  });

  it('fills in what may be absent', () => {
    const { scanner, metadata } = scan;
    expect(
      JSON.parse(goJson(make('vuln', { scanner: { uri: scanner.uri, result: [] }, metadata }).value)),
    ).toMatchObject({
      invocation: { parameters: null, uri: '', event_id: '', 'builder.id': '' },
      scanner: { version: '', db: { uri: '', version: '' }, result: [] },
    });
  });

  it.each([
    ['without scanner.uri', { ...scan, scanner: { result: {} } }, /scanner\.uri/],
    ['with an empty scanner.uri', { ...scan, scanner: { uri: '', result: {} } }, /scanner\.uri/],
    ['without a result', { ...scan, scanner: { uri: 'x' } }, /scanner\.result/],
    ['without a beginning', { ...scan, metadata: { scanFinishedOn: scan.metadata.scanFinishedOn } }, /scanStartedOn/],
    ['without an end', { ...scan, metadata: { scanStartedOn: scan.metadata.scanStartedOn } }, /scanFinishedOn/],
    [
      'that ended in the future',
      { ...scan, metadata: { ...scan.metadata, scanFinishedOn: '2026-01-02T04:00:01Z' } },
      /future/,
    ],
    [
      'that ended before it began',
      { ...scan, metadata: { ...scan.metadata, scanStartedOn: '2026-01-02T03:05:00Z' } },
      /after/,
    ],
    ['with a time that is none', { ...scan, metadata: { ...scan.metadata, scanStartedOn: 'yesterday' } }, /RFC 3339/],
    [
      'with a month that does not exist',
      { ...scan, metadata: { ...scan.metadata, scanStartedOn: '2026-13-02T03:04:05Z' } },
      /RFC 3339/,
    ],
    ['whose invocation is a text', { ...scan, invocation: 'x' }, /no object/],
    ['whose version is a number', { ...scan, scanner: { ...scan.scanner, version: 1 } }, /no text/],
  ])('%s is refused', (_what, predicate, why) => {
    expect(() => make('vuln', predicate)).toThrow(
      expect.objectContaining({ code: 'predicate-invalid', message: expect.stringMatching(why) }),
    );
  });

  it('and every other type ends in a value or a fault, whatever the file is', () => {
    const file = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...predicateTypeNames), file, (type, bytes) => {
        try {
          expect(makePredicate({ type, file: bytes, now }).uri).toContain('://');
        } catch (error) {
          expect(error).toMatchObject({ name: 'Fault' });
        }
      }),
    );
  });
});
