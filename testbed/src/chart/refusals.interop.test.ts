import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { convertValues } from '@pratique/gate/convert';
import { needsPeer } from '../peers/peers.ts';
import { helmTemplate, readRendering, renderAll } from './render.ts';

const helm = needsPeer('helm');
const statics = [
  { name: 'allow', type: 'static', approve: true },
  { name: 'deny', type: 'static', approve: false },
];
const login = { name: 'team', type: 'cosign', auth: { username: 'robot', password: 'hidden' } };
const twin = (name: string) => ({ ...login, name, auth: { ...login.auth, registry: 'registry.example.com' } });
const denyAll = { pattern: '*:*', validator: 'deny' };
const withPolicy = (...policy: object[]) => ({ application: { validators: statics, policy } });

helm.describe('values that must not be installed', () => {
  it.each([
    ['half a certificate', { kubernetes: { deployment: { tls: { cert: 'x' } } } }, /deployment\.tls\.key is missing/],
    ['half a key pair of the cache', { kubernetes: { redis: { tls: { key: 'x' } } } }, /redis\.tls\.cert is missing/],
    ['cert-manager without an issuer', { tls: { mode: 'certManager' } }, /issuerRef\.name is missing/],
    [
      'two owners of one Secret',
      {
        tls: { mode: 'certManager', certManager: { issuerRef: { name: 'x' } } },
        kubernetes: { deployment: { tls: { cert: 'a', key: 'b' } } },
      },
      /Take one of them away/,
    ],
    [
      '1.5 credentials that say no registry',
      { application: { validators: [...statics, login], policy: [denyAll] } },
      /auth of the validator "team" has username and password and no registry/,
    ],
    [
      '1.5 credentials of two validators that would be one Secret',
      { application: { validators: [...statics, twin('a_b'), twin('A-b')], policy: [denyAll] } },
      /both become the Secret "a-b-auth"/,
    ],
    [
      '1.5 credentials of a validator no Secret can be called after',
      { application: { validators: [...statics, twin('a b')], policy: [denyAll] } },
      /no Secret can be called "a b-auth"/,
    ],
    [
      '4.8 a policy that shuts the cache out',
      withPolicy(denyAll),
      /no rule of application\.policy admits its image redis@sha256:/,
    ],
    [
      'a policy whose narrower rule shuts the cache out',
      withPolicy({ pattern: '*:*', validator: 'allow' }, { pattern: 'docker.io/library/*', validator: 'deny' }),
      /no rule of application\.policy admits/,
    ],
    [
      'a policy that admits another host only',
      withPolicy(denyAll, { pattern: 'registry.example.com/redis*', validator: 'allow' }),
      /no rule of application\.policy admits/,
    ],
    ['a hub without a name for the cluster', { hub: { url: 'https://hub' } }, /hub\.clusterName is missing/],
    [
      'an unknown value, by its place',
      { kubernetes: { deployment: { replicas: 1 } } },
      /kubernetes\/deployment.*replicas/,
    ],
  ])('are refused: %s', async (_, values, reason) => {
    const { code, stderr } = await helmTemplate(helm.path, values);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain('hidden');
    expect(code).toBe(1);
  });

  it.each(['default', 'kube-system'])('are refused: the namespace %s', async (namespace) => {
    expect((await helmTemplate(helm.path, {}, { namespace })).stderr).toMatch(/does not belong into the namespace/);
  });

  it('are taken in such a namespace where somebody insists', async () => {
    const insisted = await helmTemplate(helm.path, { allowSystemNamespace: true }, { namespace: 'default' });
    expect(insisted.code).toBe(0);
  });

  it('are refused: an old layout, with the command that converts it, and taken once converted', async () => {
    const old = 'trustRoots: {default: env://KEY}\ninsecureRegistries: [192.168.56.114:5000]\n';
    const { stderr } = await helmTemplate(helm.path, parse(old) as object);
    expect(stderr).toMatch(
      /insecureRegistries, trustRoots stand at the top.*\n.*\n\n {2}pratique gate convert values\.yaml/,
    );
    const converted = await helmTemplate(helm.path, parse(convertValues(old).text) as object);
    expect(converted.stderr).toBe('');
    expect(readRendering(converted.stdout).at('ConfigMap', 'connaisseur-app-config', '/data/config.yaml')).toContain(
      '192.168.56.114:5000',
    );
  });

  it('let the cache in by any rule that does, by leaving its namespace out, and by there being none', async () => {
    const library = { pattern: 'docker.io/library/*:*', validator: 'default' };
    const applications = {
      legacy: {
        features: { patternMatching: 'legacy' },
        policy: [denyAll, { pattern: 'library/redis', validator: 'allow' }],
      },
      verified: { policy: [denyAll, library] },
      leftOut: { features: { excludeOwnNamespace: 'namespace' }, policy: [denyAll] },
      none: { features: { cache: { expirySeconds: 0 } }, policy: [denyAll] },
    };
    const rendered = await renderAll(
      helm.path,
      Object.fromEntries(
        Object.entries(applications).map(([name, application]) => [
          name,
          { application: { validators: statics, ...application } },
        ]),
      ),
    );
    expect(Object.values(rendered).map((one) => one.find('Deployment', 'connaisseur') !== undefined)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});
