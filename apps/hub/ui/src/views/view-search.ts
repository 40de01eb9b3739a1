/** What a saved view remembers of an address: filters, order, looks and scope; not the page one happens to be on. */
import type { SavedView } from '@pratique/hub/contract';
import { type ListSearch, readListSearch } from '../cves/search.ts';
import { parseSearch, stringifySearch } from '../search-string.ts';
import { readScope, type Scope } from '../shell/scope.ts';

/** The state of the list as a view keeps it: the query part of an address, always in the same order. */
export function searchToSave(search: ListSearch, scope: Scope): string {
  const { page: _page, saved: _saved, advanced: _advanced, ...kept } = search;
  const entries = Object.entries({ ...scope, ...kept }).sort(([a], [b]) => (a < b ? -1 : 1));
  return stringifySearch(Object.fromEntries(entries)).slice(1);
}

/** The address a view leads to. What it says is read like any address: views outlive the console that wrote them. */
export function addressOf(
  view: Pick<SavedView, 'id' | 'search'>,
): ListSearch & { cluster: string | undefined; ns: string | undefined } {
  const raw = parseSearch(view.search);
  const { cluster, ns } = readScope(raw);
  // Both named even when absent: the scope follows every link unless the link says otherwise.
  return { ...readListSearch(raw), page: undefined, saved: view.id, cluster, ns } as ReturnType<typeof addressOf>;
}

/** Whether the list still shows what the view says. Compared as read, so that old spellings do not count as changes. */
export function isUnchanged(view: SavedView, search: ListSearch, scope: Scope): boolean {
  const raw = parseSearch(view.search);
  return searchToSave(readListSearch(raw), readScope(raw)) === searchToSave(search, scope);
}
