import { Environment } from '@marcbachmann/cel-js';
import { beforeAll, describe, expect, it } from 'vitest';
import { needsPeer } from '../peers/peers.ts';
import { renderAll, type Rendering } from './render.ts';

const helm = needsPeer('helm');
const cases = {
  usual: { kubernetes: { webhook: { exemptPods: [{ namespace: 'kube-system', serviceAccount: 'coredns' }] } } },
  unchanged: { application: { features: { automaticUnchangedApproval: true, excludeOwnNamespace: 'namespace' } } },
  aged: { application: { features: { automaticUnchangedApproval: true, unchangedMaxAge: '12h' } } },
  guarded: { kubernetes: { webhook: { protectNamespaceLabel: { enabled: true } } } },
};
const image = 'registry.example.com/pratique:v0.1.0';
const gatePod = { serviceAccountName: 'connaisseur-serviceaccount', containers: [{ name: 'connaisseur', image }] };
const somePod = { containers: [{ name: 'web', image: 'nginx' }] };

interface Request {
  readonly kind?: string;
  readonly operation?: string;
  readonly namespace?: string;
  readonly groups?: readonly string[];
  readonly subResource?: string;
  readonly object: object;
  readonly oldObject?: object | null;
}

/** What the API server gives to conditions. */
function contextOf({
  kind = 'Pod',
  operation = 'CREATE',
  namespace = 'team',
  groups,
  subResource,
  object,
  oldObject = null,
}: Request) {
  const userInfo = groups === undefined ? {} : { groups };
  const request = { kind: { kind }, operation, namespace, userInfo, ...(subResource !== undefined && { subResource }) };
  return { request, object: { metadata: {}, ...object }, oldObject };
}

// Objects of the API are of any shape to conditions, as here.
const environment = new Environment({ unlistedVariablesAreDyn: true });

function holds(expression: string, request: Request): unknown {
  return environment.parse(expression)(contextOf(request));
}

helm.describe('what the API server asks the gate about', () => {
  let all: Readonly<Record<keyof typeof cases, Rendering>>;
  beforeAll(async () => {
    all = await renderAll(helm.path, cases);
  });
  const expressionsOf = (name: keyof typeof cases) =>
    all[name].at('MutatingWebhookConfiguration', 'connaisseur-webhook', '/webhooks/0/matchConditions') as {
      name: string;
      expression: string;
    }[];
  /** Whether the gate is asked: every condition holds. */
  const isAsked = (name: keyof typeof cases, request: Request) =>
    expressionsOf(name).every(({ expression }) => holds(expression, request) === true);

  it('WHK-6 is everything but the pods of the gate itself', () => {
    const own = { namespace: 'connaisseur' };
    expect(isAsked('usual', { ...own, object: { spec: gatePod } })).toBe(false);
    for (const kind of ['Deployment', 'ReplicaSet']) {
      expect(isAsked('usual', { ...own, kind, object: { spec: { template: { spec: gatePod } } } })).toBe(false);
    }
    expect(isAsked('usual', { ...own, object: { spec: somePod } })).toBe(true);
    expect(isAsked('usual', { object: { spec: gatePod } })).toBe(true);
    expect(isAsked('usual', { ...own, kind: 'Job', object: { spec: { template: { spec: gatePod } } } })).toBe(true);
  });

  it.each([
    ['another image', { ...gatePod, containers: [{ image: `${image}-evil` }] }],
    ['another image beside', { ...gatePod, containers: [...gatePod.containers, { image: 'evil' }] }],
    ['another image first', { ...gatePod, initContainers: [{ image: 'evil' }] }],
    ['another image to debug with', { ...gatePod, ephemeralContainers: [{ image }] }],
    ['another image as a volume', { ...gatePod, volumes: [{ name: 'x', image: { reference: 'evil' } }] }],
    ['a command of its own', { ...gatePod, containers: [{ image, command: ['node', '-e', 'evil'] }] }],
    ['arguments of its own', { ...gatePod, containers: [{ image, args: ['version'] }] }],
    ['another account', { ...gatePod, serviceAccountName: 'default' }],
    ['no account', { containers: gatePod.containers }],
  ])('WHK-6 is a pod that looks like the gate, with %s', (_, spec) => {
    expect(isAsked('usual', { namespace: 'connaisseur', object: { spec } })).toBe(true);
  });

  it('WHK-6 is not the namespace of the gate where that is chosen', () => {
    expect(isAsked('unchanged', { namespace: 'connaisseur', object: { spec: somePod } })).toBe(false);
    expect(isAsked('unchanged', { object: { spec: somePod } })).toBe(true);
  });

  it('WHK-5 is no pod that a node reports about itself', () => {
    const mirror = { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } }, spec: somePod };
    expect(isAsked('usual', { groups: ['system:nodes'], object: mirror })).toBe(false);
    expect(isAsked('usual', { groups: ['system:authenticated'], object: mirror })).toBe(true);
    expect(isAsked('usual', { groups: ['system:nodes'], object: { spec: somePod } })).toBe(true);
    expect(isAsked('usual', { object: mirror })).toBe(true);
  });

  it('is no pod of an account the values name', () => {
    const object = { spec: { ...somePod, serviceAccountName: 'coredns' } };
    expect(isAsked('usual', { namespace: 'kube-system', object })).toBe(false);
    expect(isAsked('usual', { object })).toBe(true);
    expect(isAsked('usual', { namespace: 'kube-system', object: { spec: somePod } })).toBe(true);
  });

  describe('WHK-5 with automatic unchanged approval', () => {
    const update = (object: object, oldObject: object, kind = 'Pod') => ({
      kind,
      operation: 'UPDATE',
      object: { spec: object },
      oldObject: { spec: oldObject },
    });
    const full = {
      containers: [{ image: 'a' }],
      initContainers: [{ image: 'b' }],
      ephemeralContainers: [{ image: 'c' }],
      volumes: [{ name: 'x', image: { reference: 'd' } }, { name: 'y' }],
    };

    it('is no update that keeps every image, of any kind', () => {
      expect(isAsked('unchanged', update(full, full))).toBe(false);
      expect(
        isAsked(
          'unchanged',
          update({ replicas: 2, template: { spec: full } }, { replicas: 1, template: { spec: full } }, 'Deployment'),
        ),
      ).toBe(false);
      const cron = { jobTemplate: { spec: { template: { spec: full } } } };
      expect(isAsked('unchanged', update(cron, cron, 'CronJob'))).toBe(false);
    });

    it.each([
      ['containers', [{ image: 'z' }]],
      ['initContainers', [{ image: 'z' }]],
      ['ephemeralContainers', []],
      ['volumes', [{ name: 'x', image: { reference: 'z' } }]],
    ])('is every update that changes %s', (list, images) => {
      expect(isAsked('unchanged', update({ ...full, [list]: images }, full))).toBe(true);
    });

    it('is everything that is new, and every kind the conditions do not know', () => {
      expect(isAsked('unchanged', { object: { spec: full } })).toBe(true);
      expect(isAsked('unchanged', update({}, {}, 'Thing'))).toBe(true);
    });
  });

  it('WHK-2 lets nobody but the entitled change the label of a namespace', () => {
    const spec = (pointer: string) =>
      String(all.guarded.at('ValidatingAdmissionPolicy', 'connaisseur-namespace-label', pointer));
    const label = (value?: string) => ({
      metadata: { labels: value === undefined ? {} : { 'securesystemsengineering.connaisseur/webhook': value } },
    });
    const rule = spec('/spec/validations/0/expression');
    expect(holds(rule, { object: label(), oldObject: null })).toBe(true);
    expect(holds(rule, { object: label('ignore'), oldObject: null })).toBe(false);
    expect(holds(rule, { object: label('ignore'), oldObject: label('ignore') })).toBe(true);
    expect(holds(rule, { object: label('ignore'), oldObject: label() })).toBe(false);
    expect(holds(rule, { object: label(), oldObject: label('validate') })).toBe(false);
    const applies = spec('/spec/matchConditions/0/expression');
    expect(holds(applies, { object: label(), groups: ['system:masters'] })).toBe(false);
    expect(holds(applies, { object: label(), groups: ['developers'] })).toBe(true);
    expect(holds(applies, { object: label() })).toBe(true);
  });

  it('ADM-10 is every update where an age limits how long an image passes unchanged', () => {
    const pod = { spec: somePod };
    const same = { operation: 'UPDATE', object: pod, oldObject: pod };
    expect(isAsked('unchanged', same)).toBe(false);
    expect(isAsked('aged', same)).toBe(true);
  });
});
