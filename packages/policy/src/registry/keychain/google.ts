/** Google's registries: the node's metadata gives a token for the service account of the pod (workload identity). */
import Type from 'typebox';
import { cloudAnswer } from './cloud-answer.ts';
import type { CloudProvider } from './cloud-provider.ts';

const Token = Type.Object({ access_token: Type.String({ minLength: 1 }), expires_in: Type.Number({ minimum: 0 }) });
const path = '/computeMetadata/v1/instance/service-accounts/default/token';

/** Asks the metadata server; `GCE_METADATA_HOST` names another, as for Google's own libraries. */
export const google: CloudProvider = {
  name: 'Google Cloud',
  serves: (host) => host === 'gcr.io' || host.endsWith('.gcr.io') || host.endsWith('.pkg.dev'),
  async grant(_host, { environment, directFetch, now }, signal) {
    const server = environment['GCE_METADATA_HOST'] || 'metadata.google.internal';
    const response = await directFetch(`http://${server}${path}`, {
      headers: { 'metadata-flavor': 'Google' },
      redirect: 'error',
      signal: signal ?? null,
    });
    const { access_token: password, expires_in: seconds } = await cloudAnswer(Token, response);
    const credential = {
      kind: 'basic',
      username: 'oauth2accesstoken',
      password,
      source: 'Google workload identity',
    } as const;
    return { credential, until: now().getTime() + seconds * 1_000 };
  },
};
