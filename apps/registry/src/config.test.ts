import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeConfig } from '@pratique/runtime/config';
import { readRegistryConfig, registrySettings } from './config.ts';
import { defaultLimits } from './limits.ts';

const noFile = { envFile: '/nonexistent/.env' };

describe('the settings of the registry', () => {
  it('need nothing: a folder beside the program, this machine only', () => {
    const { options } = readRegistryConfig({}, noFile);
    expect(options).toMatchObject({ folder: 'registry', host: '127.0.0.1', port: 5000, durable: true, deletes: true });
    expect(options.tls).toBeUndefined();
    expect(options.usersFile).toBeUndefined();
  });

  it('have the limits a start without them has', () => {
    const { options } = readRegistryConfig({}, noFile);
    expect({ ...defaultLimits, ...options.limits }).toEqual(defaultLimits);
  });

  it('are read from variables', () => {
    const { options, logLevel } = readRegistryConfig(
      {
        PRATIQUE_REGISTRY_PORT: '0',
        PRATIQUE_REGISTRY_UPLOAD_IDLE: '5m',
        PRATIQUE_REGISTRY_TLS_CERT: '/a',
        PRATIQUE_REGISTRY_TLS_KEY: '/b',
        PRATIQUE_REGISTRY_LOG_LEVEL: 'debug',
      },
      noFile,
    );
    expect(options).toMatchObject({
      port: 0,
      tls: { certFile: '/a', keyFile: '/b' },
      limits: { uploadIdleMs: 300_000 },
    });
    expect(logLevel).toBe('debug');
  });

  it('tell every mistake at once', () => {
    const environment = {
      PRATIQUE_REGISTRY_TLS_CERT: '/a',
      PRATIQUE_REGISTRY_ANONYMOUS_PULL: 'true',
      PRATIQUE_REGISTRY_PORT: 'x',
      PRATIQUE_REGISTRY_USER: 'typing mistake',
    };
    expect(() => readRegistryConfig(environment, noFile)).toThrow(/PORT[\s\S]*TLS_KEY|TLS_KEY[\s\S]*PORT/);
    expect(() => readRegistryConfig(environment, noFile)).toThrow(/PRATIQUE_REGISTRY_USERS/);
  });

  it('are all on the page about the registry', () => {
    const page = readFileSync(new URL('../../../docs/registry.md', import.meta.url), 'utf8');
    for (const { variable } of describeConfig(registrySettings)) expect(page).toContain(variable);
  });
});
