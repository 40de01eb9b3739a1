/** Lists: distribution-spec 1.1 "Listing Tags" and "Listing Referrers"; the catalogue as registries have it. */
import { excerpt } from '@pratique/runtime/fault';
import { registryFault } from '../errors.ts';
import { fixedLimits } from '../limits.ts';
import { compareNames, digest as readDigest, repositoryName } from '../names.ts';
import { indexType } from '../store/manifest-format.ts';
import { reply } from './answers.ts';
import { nextLink, pageOf, pageWish } from './exchange.ts';
import type { Exchange } from './exchange.ts';

const json = 'application/json; charset=utf-8';

/** `GET /v2/`: that this is a registry, and that the caller may use it. */
export function sendPing({ request, response }: Exchange): void {
  reply(request, response, { status: 200, headers: { 'content-type': json }, body: '{}' });
}

/** `GET /v2/NAME/tags/list`. */
export async function sendTags(exchange: Exchange, [name = '']: readonly string[]): Promise<void> {
  const { request, response, service } = exchange;
  const repository = repositoryName(name);
  const wish = pageWish(exchange);
  if (!(await service.store.hasRepository(repository))) {
    throw registryFault({
      code: 'repository-unknown',
      message: `There is no repository "${excerpt(name)}".`,
      hint: 'A repository exists from its first push on; GET /v2/_catalog lists them.',
      values: { name: excerpt(name) },
    });
  }
  const tags = await service.store.manifests.tags(repository);
  const { items, headers } = pageOf(tags, wish, { path: `/v2/${repository}/tags/list`, compare: compareNames });
  const body = JSON.stringify({ name: repository, tags: items });
  reply(request, response, { status: 200, headers: { ...headers, 'content-type': json }, body });
}

/** `GET /v2/_catalog`. */
export async function sendCatalog(exchange: Exchange): Promise<void> {
  const { request, response, service } = exchange;
  const wish = pageWish(exchange);
  const names = await service.store.repositories();
  const { items, headers } = pageOf(names, wish, { path: '/v2/_catalog', compare: compareNames });
  const body = JSON.stringify({ repositories: items });
  reply(request, response, { status: 200, headers: { ...headers, 'content-type': json }, body });
}

/** `GET /v2/NAME/referrers/DIGEST`: an index, empty where nothing refers to it; 404 would mean "not offered here". */
export async function sendReferrers(exchange: Exchange, [name = '', wanted = '']: readonly string[]): Promise<void> {
  const { request, response, query, service } = exchange;
  const repository = repositoryName(name);
  const subject = readDigest(wanted);
  const artifactType = query.get('artifactType') ?? undefined;
  const { most } = pageWish(exchange);
  const after = query.get('last') ?? undefined;
  const question = { repository, subject, artifactType, after, most: Math.min(most, fixedLimits.referrersPage) };
  const page = await service.store.referrers.page(question);
  const filter: Readonly<Record<string, string>> = artifactType === undefined ? {} : { artifactType };
  const size: Readonly<Record<string, string>> = query.has('n') ? { n: String(most) } : {};
  const path = `/v2/${repository}/referrers/${subject}`;
  const headers = {
    'content-type': indexType,
    ...(artifactType === undefined ? {} : { 'oci-filters-applied': 'artifactType' }),
    ...(page.after === undefined ? {} : { link: nextLink(path, { ...filter, ...size, last: page.after }) }),
  };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: page.descriptors });
  reply(request, response, { status: 200, headers, body });
}
