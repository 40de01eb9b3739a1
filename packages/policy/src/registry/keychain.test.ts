import { describe, expect, it } from 'vitest';
import { keychainSource } from './keychain.ts';
import type { KeychainSurroundings } from './keychain/cloud-provider.ts';
import { signedHeaders } from './keychain/signature-v4.ts';

const noon = Date.parse('2026-01-02T12:00:00Z');

/** Requests as they were made; answers as given, in order. */
function surroundings(answers: readonly unknown[], environment: KeychainSurroundings['environment'] = {}) {
  const asked: { url: string; headers: Headers; body: string }[] = [];
  const clock = { now: noon };
  const fetch = (async (input: string | URL, init?: RequestInit) => {
    asked.push({
      url: String(input),
      headers: new Headers(init?.headers),
      body: await new Response(init?.body).text(),
    });
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    return typeof answer === 'number' ? new Response('hunter2', { status: answer }) : Response.json(answer);
  }) as typeof globalThis.fetch;
  const readText = async (path: string): Promise<string> => `content of ${path}\n`;
  const source = keychainSource({ environment, readText, fetch, directFetch: fetch, now: () => new Date(clock.now) });
  return { asked, clock, source };
}

describe('credentials by identity', () => {
  it('5.2 asks nobody for hosts of no cloud', async () => {
    const { source, asked } = surroundings([]);
    expect(await source.find('reg.lan', 'x')).toBeUndefined();
    expect(await source.find('gcr.io.evil.example', 'x')).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it.each(['s3', 's3-website-us-east-1', 'compute-1', 'us-east-1-'])(
    '5.2 sends no token of the pod to %s, which is no region of Amazon',
    async (region) => {
      const { source, asked } = surroundings([403], { AWS_ROLE_ARN: 'r', AWS_WEB_IDENTITY_TOKEN_FILE: '/token' });
      expect(await source.find(`123456789012.dkr.ecr.${region}.amazonaws.com`, 'x')).toBeUndefined();
      expect(asked).toEqual([]);
    },
  );

  it('5.2 keeps no token for each of the hosts strangers think of', async () => {
    const { source, asked } = surroundings([{ access_token: 'ya29', expires_in: 3600 }]);
    for (let at = 0; at < 300; at += 1) await source.find(`of-a-stranger-${at}.gcr.io`, 'x');
    await source.find('of-a-stranger-299.gcr.io', 'x');
    expect(asked).toHaveLength(300);
    await source.find('of-a-stranger-0.gcr.io', 'x');
    expect(asked, 'the first is forgotten').toHaveLength(301);
  });

  it('5.2 GitHub: the token of the environment', async () => {
    const { source } = surroundings([], { GITHUB_TOKEN: 'ghs_1' });
    expect(await source.find('ghcr.io', 'acme/app')).toMatchObject({ kind: 'basic', password: 'ghs_1' });
  });

  it('5.2 Google: a token of the metadata server, kept until five minutes before its end', async () => {
    const { source, asked, clock } = surroundings([{ access_token: 'ya29', expires_in: 3600 }]);
    const find = () => source.find('europe-docker.pkg.dev', 'acme/app');
    expect(await Promise.all([find(), find(), find()])).toMatchObject([
      { password: 'ya29' },
      { password: 'ya29' },
      { password: 'ya29' },
    ]);
    clock.now += 54 * 60_000;
    await find();
    expect(asked.length).toBe(1);
    clock.now += 2 * 60_000;
    await find();
    expect(asked.map(({ url, headers }) => [url, headers.get('metadata-flavor')])[1]).toEqual([
      'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token',
      'Google',
    ]);
  });

  it('5.2 Azure: the token of Kubernetes becomes one of Entra ID, and that one of the registry', async () => {
    const environment = { AZURE_CLIENT_ID: 'c', AZURE_TENANT_ID: 't/../x', AZURE_FEDERATED_TOKEN_FILE: '/token' };
    const { source, asked } = surroundings([{ access_token: 'entra' }, { refresh_token: 'acr' }], environment);
    expect(await source.find('acme.azurecr.io', 'app')).toMatchObject({ kind: 'identity-token', token: 'acr' });
    expect(asked.map(({ url }) => url)).toEqual([
      'https://login.microsoftonline.com/t%2F..%2Fx/oauth2/v2.0/token',
      'https://acme.azurecr.io/oauth2/exchange',
    ]);
    expect(asked[0]?.body).toContain('&client_assertion=content+of+%2Ftoken');
  });

  it('5.2 Amazon: the role of the service account, then a password for the registry of that region', async () => {
    const keys = { AccessKeyId: 'id', SecretAccessKey: 'secret', SessionToken: 'session' };
    const role = { AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: keys } } };
    const authorizationToken = Buffer.from('AWS:password').toString('base64');
    const password = { authorizationData: [{ authorizationToken, expiresAt: noon / 1_000 + 3_600 }] };
    const environment = { AWS_ROLE_ARN: 'arn:aws:iam::1:role/gate', AWS_WEB_IDENTITY_TOKEN_FILE: '/token' };
    const { source, asked } = surroundings([role, password], environment);
    expect(await source.find('123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'app')).toMatchObject({
      username: 'AWS',
      password: 'password',
    });
    expect(asked.map(({ url }) => url)).toEqual([
      'https://sts.eu-central-1.amazonaws.com/',
      'https://api.ecr.eu-central-1.amazonaws.com/',
    ]);
    expect(asked[1]?.headers.get('x-amz-security-token')).toBe('session');
    expect(asked[1]?.headers.get('authorization')).toContain('/20260102/eu-central-1/ecr/aws4_request');
  });

  it('5.2 Amazon: the token of a pod identity is not sent to other hosts without encryption', async () => {
    const { source, asked } = surroundings([{}], { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://evil.example/keys' });
    await expect(source.find('123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'app')).rejects.toMatchObject({
      code: 'keychain-failed',
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ['ghcr.io', [], 'GitHub gave no credentials for ghcr.io: this pod has no such identity'],
    ['gcr.io', [403], 'Google Cloud gave no credentials for gcr.io'],
    ['gcr.io', [{ token: 'hunter2' }], 'answered something else than a token'],
    ['acme.azurecr.io', [], 'no such identity'],
    ['registry.cn-hangzhou.aliyuncs.com', [], 'does not know the identities of Alibaba Cloud'],
  ])('5.2 %s with answers %j: a fault that names the cloud, never nobody', async (host, answers, message) => {
    const failed = await surroundings(answers)
      .source.find(host, 'x')
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'keychain-failed', message: expect.stringContaining(message) as unknown });
    expect((failed as Error).message).not.toContain('hunter2');
  });

  it('5.2 asks again after a failure', async () => {
    const { source } = surroundings([500, { access_token: 'a', expires_in: 3600 }]);
    await expect(source.find('gcr.io', 'x')).rejects.toMatchObject({ code: 'keychain-failed' });
    expect(await source.find('gcr.io', 'x')).toMatchObject({ password: 'a' });
  });
});

it('5.2 signs as the published example "post-vanilla" of AWS Signature Version 4 does', () => {
  const key = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const url = new URL('https://example.amazonaws.com/');
  const place = { service: 'service', region: 'us-east-1', now: new Date('2015-08-30T12:36:00Z') };
  expect(signedHeaders({ url, headers: {}, body: '', key, ...place })['authorization']).toContain(
    'SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  );
});
