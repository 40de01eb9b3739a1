import { describe, expect, it } from 'vitest';
import { describeConfig, redacted } from '@pratique/runtime/config';
import { hubSettings, readHubConfig } from './config.ts';

const least = { SECRET_KEY: 'a-secret-of-thirty-two-characters', SPOKE_API_KEYS: 'one-long-enough-key' };

/** The message of the fault, or the empty text when the environment is accepted. */
function complaint(env: Record<string, string>): string {
  try {
    readHubConfig(env);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('an environment of the reference system', () => {
  it('is accepted as it is', () => {
    const config = readHubConfig({
      APP_DB_URL: 'postgresql+asyncpg://app:p%40ss@app-db:5432/rhacs_manager',
      STACKROX_DB_HOST: 'central-db.stackrox.svc',
      STACKROX_DB_PORT: '5432',
      STACKROX_DB_USER: 'cve_reader',
      STACKROX_DB_PASSWORD: 'a@b/c:d%',
      STACKROX_DB_NAME: 'central_active',
      DEV_MODE: 'false',
      OIDC_ISSUER: '',
      OIDC_CLIENT_ID: '',
      SPOKE_API_KEYS: '["first-key-of-the-spokes","second-key-of-the-spokes"]',
      SEC_TEAM_GROUP: 'rhacs-sec-team',
      MAX_NAMESPACE_COUNT: '500',
      SMTP_HOST: 'relay',
      SMTP_PORT: '587',
      SMTP_FROM: 'cve@example.com',
      SMTP_USER: 'u',
      SMTP_PASSWORD: 'p',
      SMTP_TLS: 'false',
      SMTP_STARTTLS: 'true',
      SMTP_VALIDATE_CERTS: 'true',
      MANAGEMENT_EMAIL: 'm@example.com',
      DEFAULT_ESCALATION_EMAIL: 'e@example.com',
      APP_BASE_URL: 'https://cve.example.com/',
      BADGE_BASE_URL: '',
      SECRET_KEY: 'x'.repeat(40),
      SCHEDULER_ENABLED: 'true',
      CORS_ORIGINS: '[]',
      LOG_LEVEL: 'INFO',
    });
    expect(config.appDb).toMatchObject({
      from: 'APP_DB_URL',
      address: { host: 'app-db', password: 'p@ss', database: 'rhacs_manager' },
    });
    expect(config.stackrox.address).toMatchObject({ host: 'central-db.stackrox.svc', password: 'a@b/c:d%' });
    expect(config.spoke.keys.map((key) => key.key)).toEqual(['first-key-of-the-spokes', 'second-key-of-the-spokes']);
    expect(config.server).toMatchObject({ port: 8000, allowedOrigins: ['https://cve.example.com'], apiDocs: false });
    expect(config.snapshot.intervalSeconds).toBe(60);
    expect([config.dev, config.oidc]).toEqual([null, null]);
  });

  it('knows every variable the reference system has', () => {
    const known = new Set(describeConfig(hubSettings).map((row) => row.variable));
    const theirs =
      'APP_DB_URL APP_DB_HOST APP_DB_PORT APP_DB_USER APP_DB_PASSWORD APP_DB_NAME STACKROX_DB_URL STACKROX_DB_HOST STACKROX_DB_PORT STACKROX_DB_USER STACKROX_DB_PASSWORD STACKROX_DB_NAME DEV_MODE DEV_USER_ID DEV_USER_NAME DEV_USER_EMAIL DEV_USER_ROLE DEV_USER_NAMESPACES DEV_NAMESPACE_EMAILS OIDC_ISSUER OIDC_CLIENT_ID SPOKE_API_KEYS SEC_TEAM_GROUP MAX_NAMESPACE_COUNT SMTP_HOST SMTP_PORT SMTP_FROM SMTP_USER SMTP_PASSWORD SMTP_TLS SMTP_STARTTLS SMTP_VALIDATE_CERTS MANAGEMENT_EMAIL DEFAULT_ESCALATION_EMAIL APP_BASE_URL BADGE_BASE_URL SECRET_KEY SCHEDULER_ENABLED CORS_ORIGINS LOG_LEVEL';
    expect(theirs.split(' ').filter((name) => !known.has(name))).toEqual([]);
  });

  it('never prints a secret', () => {
    const config = readHubConfig({
      ...least,
      APP_DB_PASSWORD: 'hunter2',
      STACKROX_DB_URL: 'postgres://u:hunter2@h/d',
      SMTP_PASSWORD: 'hunter2',
    });
    const printed = JSON.stringify(redacted(hubSettings, config.values));
    for (const secret of ['hunter2', least.SECRET_KEY, least.SPOKE_API_KEYS]) expect(printed).not.toContain(secret);
  });
});

describe('an environment that must not start', () => {
  it.each([
    ['without a secret', { SPOKE_API_KEYS: 'k' }, /SECRET_KEY: must be set/],
    [
      'with a published secret',
      { ...least, SECRET_KEY: 'change-me-to-a-random-secret' },
      /SECRET_KEY: is a published placeholder/,
    ],
    ['in which nobody could log in', { SECRET_KEY: least.SECRET_KEY }, /SPOKE_API_KEYS: neither/],
    [
      'with an issuer but no audience',
      { ...least, OIDC_ISSUER: 'https://sso.example.com' },
      /OIDC_CLIENT_ID: must be set/,
    ],
    ['in dev mode in production', { DEV_MODE: 'true', NODE_ENV: 'production' }, /ALLOW_DEV_MODE_IN_PRODUCTION/],
    ['with an unknown role', { DEV_MODE: 'true', DEV_USER_ROLE: 'admin' }, /DEV_USER_ROLE.*sec_team, team_member/],
    ['with a misspelled variable', { ...least, STACKROX_DB_PASWORD: 'x' }, /did you mean STACKROX_DB_PASSWORD/],
    ['that asks Central every second', { ...least, SNAPSHOT_INTERVAL_SECONDS: '1' }, /SNAPSHOT_INTERVAL_SECONDS/],
    ['with a broken database URL', { ...least, APP_DB_URL: 'mysql://h/d' }, /APP_DB_URL/],
  ])('%s', (_name, env, words) => {
    expect(complaint(env as Record<string, string>)).toMatch(words);
  });

  it('is told all its mistakes at once, without the secrets in them', () => {
    const words = complaint({
      PORT: 'http',
      SPOKE_API_KEYS: '[{"key":"very-secret-key","nam":"x"}]',
      LOG_FORMAT: 'xml',
    });
    expect(words).toMatch(/PORT[\s\S]*SPOKE_API_KEYS|SPOKE_API_KEYS[\s\S]*PORT/);
    expect(words).toMatch(/LOG_FORMAT/);
    expect(words).not.toContain('very-secret-key');
  });
});

describe('what deserves a warning', () => {
  it('is said, but does not stop the start', () => {
    const { warnings } = readHubConfig({
      ...least,
      SPOKE_API_KEYS: '[{"key":"short","name":"east","clusters":["east"]},"another-long-enough-key"]',
      SMTP_TLS: 'true',
    });
    expect(warnings.join('\n')).toMatch(
      /MANAGEMENT_EMAIL[\s\S]*DEFAULT_ESCALATION_EMAIL[\s\S]*key 1 \(east\) is shorter[\s\S]*key 2 is not bound[\s\S]*SMTP_STARTTLS is ignored/,
    );
    expect(warnings.join('\n')).not.toContain('another-long-enough-key');
  });

  it('shouts in dev mode', () => {
    expect(readHubConfig({ DEV_MODE: '1' }).warnings[0]).toMatch(/^DEV MODE/);
    expect(readHubConfig({ DEV_MODE: '1' }).server.apiDocs).toBe(true);
  });
});
