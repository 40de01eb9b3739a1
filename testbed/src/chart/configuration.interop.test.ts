import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { needsPeer } from '../peers/peers.ts';
import { cases } from './cases.ts';
import { renderAll, type Rendering } from './render.ts';
import { decoded, documentIn, environmentOf, podOf } from './rendered-parts.ts';

const helm = needsPeer('helm');

helm.describe('what the chart gives the gate to read', () => {
  let all: Readonly<Record<keyof typeof cases, Rendering>>;
  beforeAll(async () => {
    all = await renderAll(helm.path, cases);
  });

  it('1.2 hands every feature over as its variable', () => {
    expect(environmentOf(all.usual)).toEqual({
      AUTOMATIC_CHILD_APPROVAL: 'true',
      CHILD_APPROVAL_REQUIRE_DECISION: 'true',
      AUTOMATIC_UNCHANGED_APPROVAL: 'false',
      DETECTION_MODE: 'false',
      RESOURCE_VALIDATION_MODE: 'all',
      PATTERN_MATCHING: 'anchored',
      STRICT_CONFIG: 'false',
      CACHE_EXPIRY_SECONDS: '30',
      CACHE_ERRORS: 'true',
      REDIS_HOST: 'connaisseur-redis-service',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json-pretty',
      OBJECT_PREFIX: 'connaisseur',
      TLS_MODE: 'auto',
      METRICS_PORT: '9090',
    });
    expect(environmentOf(all.everyValue)).toMatchObject({
      AUTOMATIC_CHILD_APPROVAL: 'false',
      AUTOMATIC_UNCHANGED_APPROVAL: 'true',
      DETECTION_MODE: 'true',
      RESOURCE_VALIDATION_MODE: 'podsOnly',
      CACHE_EXPIRY_SECONDS: '60',
      CACHE_ERRORS: 'false',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
    });
    expect(environmentOf(all.everything)).toMatchObject({
      UNCHANGED_MAX_AGE: '12h',
      CHILD_APPROVAL_REQUIRE_DECISION: 'false',
      PATTERN_MATCHING: 'legacy',
      STRICT_CONFIG: 'true',
      LAST_GOOD_GRACE: '1h',
      CACHE_DIGEST_SECONDS: '60',
      IMAGE_EXTRACTORS: '[{"group":"example.com","kind":"Thing","podSpecs":["$.spec"]}]',
      PRATIQUE_HUB_URL: 'https://hub.example.com',
      PRATIQUE_CLUSTER_NAME: 'north',
      PRATIQUE_HUB_API_KEY_FILE: '/app/hub/api-key',
    });
    const [gate] = podOf(all.usual).containers;
    expect(gate.env?.map(({ name }) => name)).toEqual([
      'POD_NAME',
      'POD_NAMESPACE',
      'REDIS_PASSWORD',
      'CACHE_SEAL_KEY',
    ]);
  });

  it('1.5 makes Secrets of credentials and names them in the configuration', () => {
    expect(parse(decoded(all.credentials, 'team-auth', 'secret.yaml'))).toEqual({
      username: 'robot',
      password: 'SECRET',
      registry: 'registry.example.com',
    });
    expect(parse(decoded(all.credentials, 'old-notary-auth', 'secret.yaml'))).toEqual({
      username: 'a',
      password: 'SECRET',
    });
    const config = parse(decoded(all.credentials, 'connaisseur-app-config', 'config.yaml')) as { validators: object[] };
    expect(config.validators).toMatchObject([
      {},
      {},
      { auth: { secretName: 'team-auth' } },
      { auth: { secretName: 'registry.pull' } },
      {},
      {},
    ]);
    const mounts = podOf(all.credentials).containers[0].volumeMounts.map(({ mountPath }) => mountPath);
    expect(mounts.filter((path) => path.startsWith('/app/secrets/'))).toEqual([
      '/app/secrets/team-auth',
      '/app/secrets/registry.pull',
      '/app/secrets/old-notary-auth',
      '/app/secrets/slack-hook',
    ]);
    for (const volume of podOf(all.credentials).volumes) {
      if (String(volume['name']).startsWith('secret-')) expect(volume).toMatchObject({ secret: { optional: true } });
    }
  });

  it('keeps addresses of receivers and private keys in Secrets that stand in for the ConfigMaps', () => {
    expect(parse(decoded(all.everyValue, 'connaisseur-alert-config', 'config.yaml'))).toMatchObject({
      admitRequest: { receivers: [{ receiverUrl: 'https://alerts.example.com/SECRET', priority: 0 }] },
    });
    expect(documentIn(all.everyValue, 'connaisseur-alert-config')).toMatchObject({
      clusterIdentifier: 'north',
      rejectRequest: { receivers: [{ template: 'mine', receiverUrl: 'kept in the Secret connaisseur-alert-config' }] },
    });
    expect(JSON.stringify(podOf(all.everyValue).volumes)).toContain('{"secret":{"name":"connaisseur-alert-config"}}');
    expect(JSON.stringify(podOf(all.credentials).volumes)).toContain('{"secret":{"name":"connaisseur-app-config"}}');
    expect(all.credentials.at('ConfigMap', 'connaisseur-app-config', '/data/client-ca.crt')).toContain(
      'BEGIN CERTIFICATE',
    );
  });

  it('ALR-8 shows the templates of the gate, and takes more', () => {
    const templates = all.everyValue.at('ConfigMap', 'connaisseur-alert-templates', '/data') as Record<string, string>;
    expect(Object.keys(templates)).toEqual(
      ['ecs-1-12-0', 'keybase', 'mine', 'msteams', 'opsgenie', 'slack'].map((name) => `${name}.json`),
    );
    // A file wins over what the gate brings itself; they must be the same.
    const shipped = new URL('../../../apps/gate/src/alerts/templates/', import.meta.url);
    for (const [name, template] of Object.entries(templates)) {
      const own =
        name === 'mine.json' ? cases.everyValue.alertTemplates.mine : readFileSync(new URL(name, shipped), 'utf8');
      expect(template.trimEnd(), name).toBe(own.trimEnd());
    }
  });

  it('TLS-1 takes a certificate of ones own, with what signed it', () => {
    expect(Object.keys(all.ownCertificate.at('Secret', 'connaisseur-tls', '/data') as object)).toEqual([
      'tls.crt',
      'tls.key',
      'ca.crt',
    ]);
    expect(decoded(all.ownCertificate, 'connaisseur-redis-tls', 'ca.crt')).toContain('BEGIN CERTIFICATE');
    expect(environmentOf(all.ownCertificate)['TLS_MODE']).toBe('provided');
    expect(environmentOf(all.providedCertificate)['TLS_MODE']).toBe('provided');
  });

  it('TLS-3.8 lets cert-manager make the certificate and vouch for it', () => {
    expect(environmentOf(all.certManager)['TLS_MODE']).toBe('certManager');
    expect(all.certManager.at('Certificate', 'connaisseur-tls', '/spec')).toMatchObject({
      secretName: 'connaisseur-tls',
      issuerRef: { name: 'internal', kind: 'ClusterIssuer' },
      dnsNames: [
        'connaisseur-svc',
        'connaisseur-svc.connaisseur',
        'connaisseur-svc.connaisseur.svc',
        'connaisseur-svc.connaisseur.svc.cluster.local',
      ],
    });
    const webhook = all.certManager.get('MutatingWebhookConfiguration', 'connaisseur-webhook');
    expect(webhook.metadata.annotations?.['cert-manager.io/inject-ca-from']).toBe('connaisseur/connaisseur-tls');
  });
});
