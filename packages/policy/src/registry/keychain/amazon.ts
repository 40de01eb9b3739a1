/** Amazon's registries: keys of the role of the pod, and with them a password for the registry. */
import Type from 'typebox';
import { cloudAnswer } from './cloud-answer.ts';
import type { CloudProvider, KeychainSurroundings } from './cloud-provider.ts';
import { signedHeaders } from './signature-v4.ts';
import type { AccessKey } from './signature-v4.ts';

const Text = Type.String({ minLength: 1 });
const AssumedRole = Type.Object({
  AssumeRoleWithWebIdentityResponse: Type.Object({
    AssumeRoleWithWebIdentityResult: Type.Object({
      Credentials: Type.Object({ AccessKeyId: Text, SecretAccessKey: Text, SessionToken: Text }),
    }),
  }),
});
const PodKeys = Type.Object({ AccessKeyId: Text, SecretAccessKey: Text, Token: Text });
const Authorization = Type.Object({
  authorizationData: Type.Array(Type.Object({ authorizationToken: Text, expiresAt: Type.Number() }), { minItems: 1 }),
});

/** The region has the form of one: the token of the pod goes to a host made of it, and images of strangers name it. */
const registryHost = /^\d{12}\.dkr\.ecr\.([a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2})\.amazonaws\.com(\.cn)?$/;

/** Roles for service accounts, pod identities, and keys in the environment. */
export const amazonEcr: CloudProvider = {
  name: 'Amazon ECR',
  serves: (host) => registryHost.test(host),
  async grant(host, surroundings, signal) {
    const [, region = '', china = ''] = registryHost.exec(host) ?? [];
    const place = { region, domain: `amazonaws.com${china}`, signal };
    const key = await accessKey(surroundings, place);
    if (key === undefined) return undefined;
    const url = new URL(`https://api.ecr.${region}.${place.domain}/`);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    };
    const signed = signedHeaders({ url, headers, body: '{}', service: 'ecr', region, key, now: surroundings.now() });
    const response = await surroundings.fetch(url, {
      method: 'POST',
      headers: signed,
      body: '{}',
      redirect: 'error',
      signal: signal ?? null,
    });
    const [first] = (await cloudAnswer(Authorization, response)).authorizationData;
    const [username = '', password = ''] = Buffer.from(first?.authorizationToken ?? '', 'base64')
      .toString()
      .split(':');
    const credential = { kind: 'basic', username, password, source: 'the role of the pod at Amazon' } as const;
    return { credential, until: (first?.expiresAt ?? 0) * 1_000 };
  },
};

interface Region {
  readonly region: string;
  readonly domain: string;
  readonly signal: AbortSignal | undefined;
}

async function accessKey(surroundings: KeychainSurroundings, region: Region): Promise<AccessKey | undefined> {
  const { environment } = surroundings;
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = environment;
  if (id && secret) return { id, secret, ...(token ? { token } : {}) };
  const { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file } = environment;
  if (role && file) return roleKey(surroundings, region, { role, file });
  const address = environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  return address ? podKey(surroundings, address, region.signal) : undefined;
}

/** Roles for service accounts: the token that Kubernetes mounts for keys of the role. */
async function roleKey(
  { fetch, readText }: KeychainSurroundings,
  { region, domain, signal }: Region,
  { role, file }: { readonly role: string; readonly file: string },
): Promise<AccessKey> {
  const response = await fetch(`https://sts.${region}.${domain}/`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: role,
      RoleSessionName: 'pratique-gate',
      WebIdentityToken: (await readText(file)).trim(),
    }),
    redirect: 'error',
    signal: signal ?? null,
  });
  const answer = await cloudAnswer(AssumedRole, response);
  const keys = answer.AssumeRoleWithWebIdentityResponse.AssumeRoleWithWebIdentityResult.Credentials;
  return { id: keys.AccessKeyId, secret: keys.SecretAccessKey, token: keys.SessionToken };
}

/** Pod identities: an agent on the node answers. The token for it must not leave the node. */
async function podKey(
  { environment, readText, directFetch }: KeychainSurroundings,
  address: string,
  signal: AbortSignal | undefined,
): Promise<AccessKey> {
  const url = new URL(address);
  const isNear = ['169.254.170.23', '169.254.170.2', '[fd00:ec2::23]', '127.0.0.1', 'localhost'].includes(url.hostname);
  if (!isNear && url.protocol !== 'https:') throw new Error(`${url.host} is not on this node and not https`);
  const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const authorization = file ? (await readText(file)).trim() : undefined;
  const response = await directFetch(url, {
    headers: authorization === undefined ? {} : { authorization },
    redirect: 'error',
    signal: signal ?? null,
  });
  const keys = await cloudAnswer(PodKeys, response);
  return { id: keys.AccessKeyId, secret: keys.SecretAccessKey, token: keys.Token };
}
