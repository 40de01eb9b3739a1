import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cacheImage, judgeValues, oldKeys } from '@pratique/gate/convert';
import { cases } from './cases.ts';
import { chartFile } from './chart-files.ts';
import { valuesSchema, valuesSchemaText } from './values-schema.ts';

const values = parse(readFileSync(chartFile('values.yaml'), 'utf8')) as Record<string, unknown>;

describe('the schema of the values', () => {
  it('is what the schemas of the gate generate; node testbed/src/chart/write-values-schema.ts writes it anew', () => {
    expect(readFileSync(chartFile('values.schema.json'), 'utf8')).toBe(valuesSchemaText());
  });

  it('knows every default, and every value somebody may give', () => {
    expect([...Value.Errors(valuesSchema(), values)]).toEqual([]);
    for (const given of Object.values(cases)) expect([...Value.Errors(valuesSchema(), given)]).toEqual([]);
  });

  it('gives defaults the gate starts with, whose rule for the cache is the one that conversions add', () => {
    expect(judgeValues(values)).toEqual([]);
    expect(values).toMatchObject({
      kubernetes: { redis: { image: { digest: cacheImage.split('sha256:')[1] } } },
      application: { policy: expect.arrayContaining([{ pattern: cacheImage, validator: 'allow' }]) as unknown },
    });
  });

  it('lets the same old layouts pass to the chart that the chart refuses and the command converts', () => {
    const checks = readFileSync(chartFile('templates/_checks.tpl'), 'utf8');
    const [, list = ''] = /define "gate\.oldKeys" -\}\}\n([^{]*)\{\{/.exec(checks) ?? [];
    expect(parse(list)).toEqual(oldKeys.toSorted());
    for (const key of oldKeys) expect(Value.Check(valuesSchema(), { [key]: {} }), key).toBe(true);
  });

  it.each(Object.keys(cases) as (keyof typeof cases)[])('and the policy are content with the case %s', (name) => {
    const problems = judgeValues(cases[name] as Record<string, unknown>);
    // Certificates of the cases are stand-ins.
    expect(problems.filter(({ path }) => !path.startsWith('registries'))).toEqual([]);
  });

  it.each([
    ['a name that is not there', { kubernetes: { deployment: { replicas: 3 } } }],
    ['a level that is not there', { kubernets: {} }],
    ['an unknown kind of validator', { application: { validators: [{ name: 'x', type: 'cosigned' }] } }],
    [
      'a key of another kind of validator',
      { application: { validators: [{ name: 'x', type: 'static', trustRoots: [] }] } },
    ],
    ['a key of no rule', { application: { policy: [{ pattern: '*', trustRoot: 'x' }] } }],
    ['an empty policy', { application: { policy: [] } }],
    ['another failure policy', { kubernetes: { webhook: { failurePolicy: 'fail' } } }],
    ['less time than a request needs', { kubernetes: { webhook: { timeoutSeconds: 4 } } }],
    ['more time than the API server gives', { kubernetes: { webhook: { timeoutSeconds: 31 } } }],
    ['an image with a quote', { kubernetes: { deployment: { image: { repository: 'a" || true || "' } } } }],
    ['a digest that is none', { kubernetes: { deployment: { image: { digest: 'sha256:12' } } } }],
    ['a flag in words', { application: { features: { detectionMode: 'true' } } }],
    ['a receiver without a template', { alerting: { rejectRequest: { receivers: [{ receiverUrl: 'https://x' }] } } }],
    ['no replica', { kubernetes: { deployment: { replicasCount: 0 } } }],
  ])('refuses %s', (_, given) => {
    expect(Value.Check(valuesSchema(), given)).toBe(false);
  });
});
