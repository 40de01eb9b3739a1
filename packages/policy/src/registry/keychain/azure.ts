/** Azure's registries: the token Kubernetes mounts is exchanged for one of Entra ID, and that for one of the registry. */
import Type from 'typebox';
import { cloudAnswer } from './cloud-answer.ts';
import type { CloudProvider, KeychainSurroundings } from './cloud-provider.ts';

const EntraToken = Type.Object({ access_token: Type.String({ minLength: 1 }) });
const RegistryToken = Type.Object({ refresh_token: Type.String({ minLength: 1 }) });

/** Registries give refresh tokens for three hours. */
const lifeMs = 3 * 3_600_000;

/** What Azure calls whoever logs in with a token. */
const nobody = '00000000-0000-0000-0000-000000000000';

/** Workload identity: `AZURE_CLIENT_ID`, `AZURE_TENANT_ID`, `AZURE_FEDERATED_TOKEN_FILE` as the cluster sets them. */
export const azureAcr: CloudProvider = {
  name: 'Azure',
  serves: (host) => /\.azurecr\.(?:io|cn|us|de)$/.test(host),
  async grant(host, surroundings, signal) {
    const entra = await entraToken(surroundings, signal);
    if (entra === undefined) return undefined;
    const response = await surroundings.fetch(`https://${host}/oauth2/exchange`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'access_token', service: host, access_token: entra }),
      redirect: 'error',
      signal: signal ?? null,
    });
    const { refresh_token: token } = await cloudAnswer(RegistryToken, response);
    const credential = { kind: 'identity-token', token, username: nobody, source: 'Azure workload identity' } as const;
    return { credential, until: surroundings.now().getTime() + lifeMs };
  },
};

async function entraToken(
  { environment, readText, fetch }: KeychainSurroundings,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { AZURE_CLIENT_ID: client, AZURE_TENANT_ID: tenant, AZURE_FEDERATED_TOKEN_FILE: file } = environment;
  if (!client || !tenant || !file) return undefined;
  const authority = environment['AZURE_AUTHORITY_HOST'] || 'https://login.microsoftonline.com/';
  const response = await fetch(new URL(`${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client,
      scope: 'https://management.azure.com/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: (await readText(file)).trim(),
    }),
    redirect: 'error',
    signal: signal ?? null,
  });
  return (await cloudAnswer(EntraToken, response)).access_token;
}
