import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { lookOf, readLook } from '../cves/look.ts';
import type { ListSearch } from '../cves/search.ts';
import { remembered } from '../preferences.ts';
import { useMe } from '../shell/queries.ts';
import type { Scope } from '../shell/scope.ts';
import { DeleteView } from './delete-view.tsx';
import { NameView } from './name-view.tsx';
import { useSaveView, useViews } from './queries.ts';
import { addressOf, isUnchanged, searchToSave } from './view-search.ts';
import { ViewsMenu } from './views-menu.tsx';

export interface SavedViewsProps {
  readonly search: ListSearch;
  readonly scope: Scope;
}

type Asking = 'new' | 'rename' | 'delete' | null;

/** The views a person saved: to apply, to save, to change. Not there where the hub does not keep any. */
export function SavedViews({ search, scope }: SavedViewsProps) {
  const navigate = useNavigate({ from: '/vulnerabilities' });
  const { data: views } = useViews();
  const save = useSaveView();
  const [asking, setAsking] = useState<Asking>(null);
  const person = useMe().data?.id ?? '';
  if (!views) return null;
  const active = views.find((view) => view.id === search.saved) ?? null;
  // How the list looks right now is part of a view, so that it looks the same tomorrow. Read when it is needed: it
  // changes elsewhere on the page.
  function toSave(): string {
    return searchToSave({ ...search, ...lookOf(search, readLook(remembered(`list-look:${person}`))) }, scope);
  }
  const go = (next: ReturnType<typeof addressOf>) => void navigate({ search: next });
  return (
    <>
      <ViewsMenu
        views={views}
        active={active}
        isChanged={active !== null && !isUnchanged(active, search, scope)}
        problem={save.isError && asking === null ? save.error : null}
        onApply={(view) => go(addressOf(view))}
        onUpdate={(view) =>
          save.mutate(
            { id: view.id, name: view.name, search: toSave() },
            { onSuccess: (saved) => go(addressOf(saved)) },
          )
        }
        onAsk={setAsking}
      />
      {(asking === 'new' || asking === 'rename') && (
        <NameView
          view={asking === 'rename' ? active : null}
          search={toSave()}
          onSaved={(view) => asking === 'new' && go(addressOf(view))}
          onClose={() => setAsking(null)}
        />
      )}
      {asking === 'delete' && active !== null && (
        <DeleteView
          view={active}
          onDeleted={() => void navigate({ search: { ...scope, ...search, saved: undefined } as ListSearch })}
          onClose={() => setAsking(null)}
        />
      )}
    </>
  );
}
