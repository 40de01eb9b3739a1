import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { releaseVersions, schemaStatements } from './schema-ddl.ts';

const sources = readdirSync(new URL('.', import.meta.url)).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('-fixture.ts'),
);

describe('this package', () => {
  it('holds no statement that could change anything', () => {
    const writing =
      /\b(?:INSERT\s+INTO|UPDATE\s+[\w.]+\s+SET|DELETE\s+FROM|TRUNCATE\s+TABLE|(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX|ROLE|SCHEMA|DATABASE|VIEW)|COPY\s+[\w.]+\s+FROM|SELECT[^`']*\bFOR\s+(?:UPDATE|SHARE))\b/i;
    expect(sources.length).toBeGreaterThan(20);
    for (const name of sources) expect(readFileSync(new URL(name, import.meta.url), 'utf8'), name).not.toMatch(writing);
  });

  it('reads only tables that belong to the public schema by name', () => {
    for (const name of sources) {
      const text = readFileSync(new URL(name, import.meta.url), 'utf8');
      const unqualified = [
        ...text.matchAll(/\b(?:FROM|JOIN) (?!unnest|public\.|pg_catalog\.|\(|\$\{|LATERAL)([a-z_0-9]+)\b(?=[ \n])/g),
      ].map((match) => match[0]);
      expect(unqualified, name).toEqual([]);
    }
  });

  it('brings the tables of every release for test beds', () => {
    expect(Object.keys(releaseVersions)).toEqual(['4.8', '4.9', '4.10', '4.11', 'next']);
    expect(schemaStatements('4.11')).toHaveLength(1);
    expect(schemaStatements('4.8')).toHaveLength(4);
    expect(schemaStatements('next')[1]).toContain('cvebaseinfo_cisakev');
  });
});
