import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dataFiles } from '../data.ts';
import { readCatalogue, readKev } from './catalogue.ts';
import { copyText } from './copy.ts';
import { drawFrom } from './draw.ts';
import { imageV2Id, uuidV5 } from './images.ts';

describe('the public vulnerability data', () => {
  it('holds the whole KEV catalogue, as many entries as it says itself', () => {
    const { count } = JSON.parse(readFileSync(dataFiles.kev, 'utf8')) as { count: number };
    expect(readKev().size).toBe(count);
    expect(count).toBe(1653);
  });

  it('prefers the official EPSS layout and leaves unknown what no file knows', () => {
    const catalogue = readCatalogue(['CVE-2024-3094']);
    const line = readFileSync(dataFiles.epss, 'utf8')
      .split('\n')
      .find((each) => each.startsWith('CVE-2021-44228,'));
    const [, epss, percentile] = line?.split(',') ?? [];
    expect(catalogue.get('CVE-2021-44228')).toMatchObject({ epss: Number(epss), percentile: Number(percentile) });
    expect(catalogue.get('CVE-2024-3094')).toMatchObject({ epss: 0, percentile: undefined, cvss: 0, kev: undefined });
    expect(readCatalogue().has('CVE-2024-3094')).toBe(false);
  });
});

describe('draws', () => {
  it('depend on the seed and the keys alone, and tell keys apart', () => {
    const draw = drawFrom(1);
    expect(draw.number('a', 1)).toBe(drawFrom(1).number('a', 1));
    expect(draw.number('a', 'bc')).not.toBe(draw.number('ab', 'c'));
    expect(draw.number('a')).not.toBe(drawFrom(2).number('a'));
    expect(draw.uuid('x')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('are even: each tenth of the range gets its share', () => {
    const draw = drawFrom('even');
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let at = 0; at < 20_000; at += 1) {
      const tenth = Math.floor(draw.number('k', at) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(1800);
    expect(Math.max(...tenths)).toBeLessThan(2200);
  });
});

describe('the text of COPY', () => {
  it.each([
    [null, '\\N'],
    ['tab\tline\nback\\slash', 'tab\\tline\\nback\\\\slash'],
    [Math.fround(7.1), '7.099999904632568'],
    [true, 'true'],
    [new Date('2026-01-02T03:04:05.678Z'), '2026-01-02 03:04:05.678'],
    [Uint8Array.of(0, 255), '\\\\x00ff'],
    [['a', 'b"c', 'd\\'], '{"a","b\\\\"c","d\\\\\\\\"}'],
    [{ key: 'va"lue' }, '{"key":"va\\\\"lue"}'],
    [[], '{}'],
  ])('writes %j as %s', (cell, text) => {
    expect(copyText(cell)).toBe(text);
  });
});

describe('the id of a V2 image', () => {
  it('is UUID version 5 of the digest in the namespace of the full name', () => {
    expect(imageV2Id('registry.example.com/a:1', 'sha256:00')).toMatch(/^[0-9a-f-]{13}-5/);
    const dns = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex'); // RFC 9562, appendix A.4
    expect(uuidV5(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
    expect(imageV2Id('registry.example.com/a:1', 'sha256:00')).not.toBe(
      imageV2Id('registry.example.com/a:2', 'sha256:00'),
    );
  });
});
