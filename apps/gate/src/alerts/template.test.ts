import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shippedTemplates } from './shipped-templates.ts';
import { escapingFor, readTemplate, renderAlert } from './template.ts';
import type { AlertValues } from './template.ts';

const values: AlertValues = {
  ...{ alert_message: 'CONNAISSEUR admitted a request', priority: 3, connaisseur_pod_id: 'gate-1', namespace: 'team' },
  ...{ cluster: 'prod', timestamp: '2026-01-01T00:00:00.000Z', request_id: 'uid-1', images: 'a:1, b:2' },
  ...{ result: 'admitted', error: '' },
};

function render(
  text: string,
  own: Partial<AlertValues> = {},
  options: Parameters<typeof renderAlert>[2] = {},
): unknown {
  const template = readTemplate(text);
  if (template.state !== 'read') return template.state === 'broken' ? `broken: ${template.problem}` : template.state;
  return JSON.parse(renderAlert(template, { ...values, ...own }, options));
}

describe('ALR-3 a template', () => {
  it.each([
    ['{"a":"{{ namespace }}"}', { a: 'team' }],
    ['{"a":"{{namespace}}-{{  cluster  }}"}', { a: 'team-prod' }],
    ['{"a":"P{{ priority }}","b":{{ priority }}}', { a: 'P3', b: 3 }],
    ['{"a":{"b":[{"c":"{{ images }}"}]}}', { a: { b: [{ c: 'a:1, b:2' }] } }],
    ['{"a":"{single} and }"}', { a: '{single} and }' }],
    ['{"a":"\\"{{ result }}\\""}', { a: '"admitted"' }],
    ['{"a":{{ priority }}}', { a: 3 }],
    ['', 'empty'],
    ['  \n', 'empty'],
    ['{}', 'empty'],
  ])('%s becomes %j', (text, payload) => {
    expect(render(text)).toEqual(payload);
  });

  it.each([
    ['{"a":"{{ nothing }}"}', 'no variable "nothing"; there are alert_message'],
    ['{"a":"{{ constructor }}"}', 'no variable'],
    ['{"a":"{{{ namespace }}}"}', 'three braces'],
    ['{"a":"{{ namespace }}}"}', 'three braces'],
    ['{"a":"{{ namespace }"}', 'not closed'],
    ['{"a":"namespace }}"}', '}} stands there without {{'],
    ['{"a":{{ namespace }}}', 'has to stand within quotes'],
    ['{"{{ namespace }}":1}', 'holds a variable'],
    ['[]', 'not a JSON object'],
    ['"text"', 'not a JSON object'],
    ['{"a":', 'not JSON'],
    [`{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'deep'],
    [`{"a":"${'x'.repeat(300_000)}"}`, 'longer than'],
  ])('%.40s is refused when it is read: %s', (text, problem) => {
    expect(render(text)).toContain(problem);
  });

  it('takes payload fields over its own top-level keys', () => {
    const payloadFields = { a: ['over'], b: { deep: 1 } };
    expect(render('{"a":"{{ namespace }}","c":1}', {}, { payloadFields })).toEqual({
      a: ['over'],
      b: { deep: 1 },
      c: 1,
    });
  });

  it('gives no value the power to become structure, whatever it holds', () => {
    const text =
      '{"a":"x {{ images }}","b":{"c":["{{ error }}",{{ priority }}]},"d":"{{ alert_message }}{{ namespace }}"}';
    // Every unit of UTF-16, halves of pairs included; the ready-made set takes seconds to set up.
    const anyUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
    const nasty = fc.oneof(
      fc.string({ unit: anyUnit, maxLength: 60 }),
      fc.constantFrom(
        '","evil":true,"x":"',
        '\\',
        '{{ error }}',
        '}}',
        '\u2028',
        '"}',
        '__proto__',
        '\ud800',
        '\u0000priority',
      ),
    );
    fc.assert(
      fc.property(nasty, nasty, nasty, fc.nat(9), (images, error, alert_message, priority) => {
        const payload = render(text, { images, error, alert_message, priority });
        expect(payload).toEqual({
          ...{ a: `x ${images}`, b: { c: [error, priority] }, d: `${alert_message}team` },
        });
      }),
      { numRuns: 200 },
    );
  });

  it('is never a crash, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('{', '}', '{{', '}}', '"', '\\', ':', ',', 'priority', 'images', ' ', 'a', '[', ']'), {
          maxLength: 16,
        }),
        (parts) => {
          const payload = render(parts.join(''));
          expect(['string', 'object']).toContain(typeof payload);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('holds no value of any length: receivers refuse what is too long', () => {
    expect(render('{"a":"{{ images }}"}', { images: 'x'.repeat(5_000) })).toEqual({ a: `${'x'.repeat(1_999)}…` });
  });

  it('stays short enough when it has to be escaped: nobody hides an alert by making it too long', () => {
    const payload = render('{"a":"{{ images }}"}', { images: '<'.repeat(2_000) }, { escape: escapingFor('slack') });
    const { a } = payload as { readonly a: string };
    expect(a).toMatch(/^(?:&lt;)+…$/);
    expect(a.length).toBeLessThanOrEqual(2_000);
  });
});

describe('ALR-8 the shipped templates', () => {
  it.each([...shippedTemplates.keys()])('%s can be read and names every fact its receiver shows', (name) => {
    const payload = JSON.stringify(render(shippedTemplates.get(name) ?? ''));
    for (const value of ['team', 'prod', 'a:1, b:2', 'uid-1', 'gate-1', '2026-01-01T00:00:00.000Z'])
      expect(payload).toContain(value);
    expect(payload).not.toContain('{{');
  });

  it('have the shapes their receivers ask for', () => {
    const of = (name: string) => render(shippedTemplates.get(name) ?? '');
    expect(of('slack')).toMatchObject({ text: values.alert_message, blocks: expect.any(Array) });
    expect(of('msteams')).toMatchObject({ '@type': 'MessageCard', sections: [{ facts: expect.any(Array) }] });
    expect(of('opsgenie')).toMatchObject({
      ...{ priority: 'P3', responders: [], visibleTo: [], actions: [], tags: [] },
      details: {
        pod: 'gate-1',
        cluster: 'prod',
        namespace: 'team',
        alert_created: values.timestamp,
        request_id: 'uid-1',
      },
    });
    expect(of('keybase')).toEqual({ msg: expect.stringContaining(values.alert_message) });
    expect(of('ecs-1-12-0')).toMatchObject({
      ...{ orchestrator: { namespace: 'team', cluster: { name: 'prod' } }, ecs: { version: '1.12.0' } },
      ...{ container: { image: { name: 'a:1, b:2' } }, event: { id: 'uid-1', severity: '3', action: 'admitted' } },
    });
  });

  it('let nobody who may ask for a pod call everybody in a chat', () => {
    const escape = escapingFor('slack');
    const text = JSON.stringify(
      render(shippedTemplates.get('slack') ?? '', { images: '<!channel> <https://evil.example|here>' }, { escape }),
    );
    expect(text).not.toMatch(/<[!h]/);
    expect(text).toContain('&lt;!channel&gt;');
  });
});
