/** Checks objects as the API server would with strict field validation: unknown fields and wrong types are mistakes. */
import { readFileSync } from 'node:fs';

/** The name of a shape or of a scalar, a list of one form, or a map of field to form; `*` is any field, or any value. */
type Form = string | readonly [Form] | { readonly [field: string]: Form };

interface Shapes {
  readonly kinds: Readonly<Record<string, string>>;
  readonly shapes: Readonly<Record<string, Form>>;
}

const known = JSON.parse(readFileSync(new URL('kubernetes-shapes.json', import.meta.url), 'utf8')) as Shapes;

/** Kinds of others that the chart renders on demand, as far as it uses them. */
const foreign: Shapes = {
  kinds: {
    'monitoring.coreos.com/v1/ServiceMonitor': 'ServiceMonitor',
    'cert-manager.io/v1/Certificate': 'Certificate',
  },
  shapes: {
    ServiceMonitor: {
      apiVersion: 'string',
      kind: 'string',
      metadata: 'apis.meta.v1.ObjectMeta',
      spec: {
        namespaceSelector: { matchNames: ['string'] },
        selector: 'apis.meta.v1.LabelSelector',
        endpoints: [{ port: 'string', path: 'string', interval: 'string', scrapeTimeout: 'string' }],
      },
    },
    Certificate: {
      apiVersion: 'string',
      kind: 'string',
      metadata: 'apis.meta.v1.ObjectMeta',
      spec: {
        secretName: 'string',
        dnsNames: ['string'],
        privateKey: { algorithm: 'string', size: 'numeric', rotationPolicy: 'string' },
        usages: ['string'],
        issuerRef: { name: 'string', kind: 'string', group: 'string' },
      },
    },
  },
};

const kinds = { ...known.kinds, ...foreign.kinds };
const shapes = { ...known.shapes, ...foreign.shapes };
const scalars: Readonly<Record<string, string>> = { string: 'string', numeric: 'number', boolean: 'boolean' };

/** Everything wrong with one object; empty where the API server would take it. */
export function shapeMistakes(object: { readonly apiVersion?: unknown; readonly kind?: unknown }): readonly string[] {
  const kind = `${String(object.apiVersion)}/${String(object.kind)}`;
  const shape = kinds[kind];
  return shape === undefined ? [`nothing is known of ${kind}`] : mistakesIn(object, shape, String(object.kind));
}

function mistakesIn(value: unknown, form: Form, path: string): readonly string[] {
  if (form === '*') return [];
  if (typeof form === 'string') {
    const scalar = scalars[form];
    if (scalar === undefined) return mistakesIn(value, shapes[form] ?? '*', path);
    return typeof value === scalar ? [] : [`${path} is ${JSON.stringify(value)}, wanted is ${form}`];
  }
  if (Array.isArray(form)) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item, index) => mistakesIn(item, (form as readonly [Form])[0], `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no map`];
  const fields = form as { readonly [field: string]: Form };
  return Object.entries(value).flatMap(([field, inner]) => {
    const inside = fields[field] ?? fields['*'];
    return inside === undefined ? [`${path}.${field} does not exist`] : mistakesIn(inner, inside, `${path}.${field}`);
  });
}
