import type { Page, Route } from 'playwright-core';

/** How many CVEs the bar speaks of; no fleet of the bench has as many different ones. */
export const longListLength = 100_000;

/** The part of a page of the list that is multiplied. */
interface ListAnswer {
  readonly items: readonly unknown[];
  readonly total: number;
  readonly page: number;
  readonly page_size: number;
}

/**
 * Lets the hub's list of CVEs seem {@link longListLength} long: every page beyond its end is answered with one of its real
 * pages, so that every row is one that a hub would send. Narrower questions (with a filter) keep their own length.
 */
export async function lengthenList(page: Page): Promise<void> {
  const known = new Map<string, ListAnswer>();
  await page.route(/\/api\/cves\?/, async (route) => {
    const url = new URL(route.request().url());
    if (url.searchParams.has('search')) return route.fallback();
    const [number, size] = [Number(url.searchParams.get('page') ?? 1), Number(url.searchParams.get('page_size') ?? 50)];
    const first = await answerAt(route, url, { number: 1, known });
    const wholePages = Math.max(1, Math.floor(first.total / size));
    const real = await answerAt(route, url, { number: ((number - 1) % wholePages) + 1, known });
    return route.fulfill({ json: { ...real, total: longListLength, page: number } });
  });
}

async function answerAt(
  route: Route,
  asked: URL,
  { number, known }: { readonly number: number; readonly known: Map<string, ListAnswer> },
): Promise<ListAnswer> {
  const url = new URL(asked);
  url.searchParams.set('page', String(number));
  const before = known.get(url.href);
  if (before !== undefined) return before;
  const answer = (await (await route.fetch({ url: url.href })).json()) as ListAnswer;
  known.set(url.href, answer);
  return answer;
}
