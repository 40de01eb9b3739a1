/** GitHub's registry: the token of a workflow or of a person, from the environment. */
import type { CloudProvider } from './cloud-provider.ts';

/** Reads `GITHUB_TOKEN`; the registry does not look at the name beside it. */
export const github: CloudProvider = {
  name: 'GitHub',
  serves: (host) => host === 'ghcr.io',
  async grant(_host, { environment }) {
    const password = environment['GITHUB_TOKEN'];
    if (password === undefined || password === '') return undefined;
    const username = environment['GITHUB_ACTOR'] || 'token';
    return { credential: { kind: 'basic', username, password, source: 'GITHUB_TOKEN' } };
  },
};
