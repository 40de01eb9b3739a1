import { describe, expect, it } from 'vitest';
import { describeConfig } from '@pratique/runtime/config';
import { gateSettings, readGateConfig } from './config.ts';

describe('the settings of the gate', () => {
  it('are those of Connaisseur where nothing is set', () => {
    const { options, logLevel, logFormat, warnings } = readGateConfig({});
    expect(warnings).toEqual([]);
    expect([logLevel, logFormat, options.port, options.metricsPort]).toEqual(['info', 'json-pretty', 5000, 9090]);
    expect(options.features).toEqual({
      automaticChildApproval: true,
      childApprovalRequiresDecision: true,
      automaticUnchangedApproval: false,
      unchangedMaxAgeMs: undefined,
      detectionMode: false,
      podsOnly: false,
    });
    expect(options.times).toEqual({ expirySeconds: 30, cacheErrors: true, digestSeconds: 600, graceSeconds: 0 });
    expect([options.redis, options.hub, options.apiServer]).toEqual([undefined, undefined, undefined]);
  });

  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('take %s for yes', (word) => {
    expect(readGateConfig({ DETECTION_MODE: word }).options.features.detectionMode).toBe(true);
  });

  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('take %s for no', (word) => {
    expect(readGateConfig({ AUTOMATIC_CHILD_APPROVAL: word }).options.features.automaticChildApproval).toBe(false);
  });

  it.each([
    ['DETECTION_MODE', 'yes'],
    ['AUTOMATIC_CHILD_APPROVAL', 'on'],
    ['AUTOMATIC_UNCHANGED_APPROVAL', 'tRUE'],
    ['CACHE_ERRORS', 'nope'],
    ['CACHE_EXPIRY_SECONDS', '30s'],
    ['RESOURCE_VALIDATION_MODE', 'some'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_FORMAT', 'xml'],
  ])('take %s=%s as not set, with a warning', (variable, value) => {
    const usual = readGateConfig({});
    const read = readGateConfig({ [variable]: value });
    const settings = ({ options: { features, times }, logLevel, logFormat }: typeof usual) => ({
      features,
      times,
      logLevel,
      logFormat,
    });
    expect(settings(read)).toEqual(settings(usual));
    expect(read.warnings).toHaveLength(1);
    expect(read.warnings[0]).toContain(`${variable}: `);
  });

  it('switch the cache off for nothing and less', () => {
    expect(readGateConfig({ CACHE_EXPIRY_SECONDS: '-1' }).options.times.expirySeconds).toBe(-1);
  });

  it('ADM-11 warn where podsOnly takes child approval away', () => {
    const { options, warnings } = readGateConfig({ RESOURCE_VALIDATION_MODE: 'PODSONLY' });
    expect(options.features.podsOnly).toBe(true);
    expect(warnings[0]).toContain('nothing would be verified');
    expect(readGateConfig({ RESOURCE_VALIDATION_MODE: 'podsOnly', AUTOMATIC_CHILD_APPROVAL: '0' }).warnings).toEqual(
      [],
    );
  });

  it('read host and port of the cache', () => {
    const redis = (host: string) => readGateConfig({ REDIS_HOST: host, REDIS_PASSWORD: 'hush' }).options.redis;
    expect(redis('connaisseur-redis-service')).toMatchObject({ host: 'connaisseur-redis-service', password: 'hush' });
    expect(redis('cache.lan:6380')).toMatchObject({ host: 'cache.lan', port: 6380 });
    expect(redis('[::1]:6380')).toMatchObject({ host: '::1', port: 6380 });
  });

  it('read where custom resources name images, and refuse what is not understood', () => {
    const text = JSON.stringify([{ group: 'ci.example.com', kind: 'Run', images: ['$.spec.steps[*].image'] }]);
    expect(readGateConfig({ IMAGE_EXTRACTORS: text }).options.extractors).toMatchObject([
      { group: 'ci.example.com', kind: 'Run', podSpecs: [], images: [[{ key: 'spec' }, { key: 'steps' }, {}, {}]] },
    ]);
    for (const wrong of [
      'none',
      '{}',
      '[{"group":"a"}]',
      '[{"group":"a","kind":"B"}]',
      '[{"group":"a","kind":"B","images":["$..image"]}]',
      '[{"group":"a","kind":"B","images":["$.a"],"more":1}]',
    ]) {
      expect(() => readGateConfig({ IMAGE_EXTRACTORS: wrong }), wrong).toThrow('IMAGE_EXTRACTORS');
    }
  });

  it('tell all mistakes that are no flags at once', () => {
    const env = {
      PORT: 'x',
      UNCHANGED_MAX_AGE: 'long',
      TLS_MODE: 'magic',
      PRATIQUE_HUB_URL: 'https://desk.example.com',
    };
    expect(() => readGateConfig(env)).toThrow(/5 settings are wrong[^]*UNCHANGED_MAX_AGE[^]*TLS_MODE[^]*PORT/);
    expect(() => readGateConfig({ PRATIQUE_HUB_URL: 'https://desk.example.com' })).toThrow(
      /PRATIQUE_HUB_API_KEY[^]*PRATIQUE_CLUSTER_NAME/,
    );
  });

  it('keep secrets out of the documentation', () => {
    const secrets = describeConfig(gateSettings).filter(({ secret }) => secret);
    expect(secrets.map(({ variable }) => variable)).toEqual([
      ...['REDIS_PASSWORD', 'CACHE_SEAL_KEY', 'HTTP_PROXY', 'HTTPS_PROXY', 'PRATIQUE_HUB_API_KEY'],
    ]);
  });
});
