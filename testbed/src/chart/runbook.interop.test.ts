import { beforeAll, expect, it } from 'vitest';
import { needsPeer } from '../peers/peers.ts';
import { cases } from './cases.ts';
import { chartFile } from './chart-files.ts';
import { readFileSync } from 'node:fs';
import { helmTemplate, readRendering, type Rendering } from './render.ts';

const helm = needsPeer('helm');

/** What the commands of the troubleshooting page for Connaisseur name, by its chapters; word for word. */
const named = {
  release: 'connaisseur',
  chart: 'connaisseur/connaisseur',
  namespace: 'connaisseur',
  secret: 'connaisseur-tls',
  webhook: 'connaisseur-webhook',
  caBundlePath: '/webhooks/0/clientConfig/caBundle',
  deployment: 'connaisseur',
  configMap: 'connaisseur-app-config',
  service: 'connaisseur-svc',
  commandPath: '/spec/template/spec/containers/0/command',
  argsPath: '/spec/template/spec/containers/0/args',
  probed: 'connaisseur-svc.connaisseur.svc:443',
} as const;

helm.describe('the runbook of Connaisseur', () => {
  let rendering: Rendering;
  beforeAll(async () => {
    rendering = readRendering((await helmTemplate(helm.path, cases.everyValue, { namespace: named.namespace })).stdout);
  });

  it('3.1 finds the webhook, the field for the authority, the Secret and the Deployment to wait for', () => {
    const config = rendering.get('MutatingWebhookConfiguration', named.webhook);
    expect(config.metadata.namespace).toBeUndefined();
    const [, index = '', parent = ''] = /^\/webhooks\/(\d+)\/(\w+)\/caBundle$/.exec(named.caBundlePath) ?? [];
    expect(rendering.at('MutatingWebhookConfiguration', named.webhook, `/webhooks/${index}/${parent}`)).toBeTypeOf(
      'object',
    );
    expect(rendering.at('Deployment', named.deployment, '/spec/template/spec/volumes')).toContainEqual({
      name: 'certs',
      secret: { secretName: named.secret, optional: true },
    });
    expect(rendering.get('Deployment', named.deployment).metadata.namespace).toBe(named.namespace);
  });

  it('3.2 shows the trust roots of the configuration with `grep -A3 trustRoot`, key included', () => {
    const text = String(rendering.at('ConfigMap', named.configMap, '/data/config.yaml'));
    const lines = text.split('\n');
    const at = lines.findIndex((line) => line.includes('trustRoot'));
    expect(lines.slice(at, at + 4).join('\n')).toContain('BEGIN PUBLIC KEY');
  });

  it('3.2 and 3.4 call the chart by its name', () => {
    const [, chart] = named.chart.split('/');
    expect(readFileSync(chartFile('Chart.yaml'), 'utf8')).toMatch(new RegExp(`^name: ${chart}$`, 'm'));
  });

  it('3.3 finds the endpoints of the Service: its selector is that of ready pods, its port leads to theirs', () => {
    const selector = rendering.at('Service', named.service, '/spec/selector') as Record<string, string>;
    expect(rendering.at('Deployment', named.deployment, '/spec/template/metadata/labels')).toMatchObject(selector);
    expect(rendering.at('Deployment', named.deployment, '/spec/selector/matchLabels')).toEqual(selector);
    const target = rendering.at('Service', named.service, '/spec/ports/0/targetPort');
    expect(rendering.at('Deployment', named.deployment, '/spec/template/spec/containers/0/ports')).toContainEqual(
      expect.objectContaining({ name: target, containerPort: 5000 }),
    );
    expect(rendering.at('Deployment', named.deployment, '/spec/template/spec/containers')).toHaveLength(1);
  });

  it('3.4 has neither command nor args to remove', () => {
    for (const path of [named.commandPath, named.argsPath]) {
      expect(rendering.at('Deployment', named.deployment, path)).toBeUndefined();
    }
    expect(rendering.at('Deployment', named.deployment, '/spec/template/spec/containers/0/image')).toBeTypeOf('string');
  });

  it('3.5 answers at the name and port that the probe connects to', async () => {
    const usual = readRendering((await helmTemplate(helm.path, {}, { namespace: named.namespace })).stdout);
    const service = usual.get('Service', named.service);
    const port = usual.at('Service', named.service, '/spec/ports/0/port');
    expect(`${service.metadata.name}.${service.metadata.namespace}.svc:${String(port)}`).toBe(named.probed);
  });
});
