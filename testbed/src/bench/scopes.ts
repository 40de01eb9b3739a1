import type { Client } from 'pg';
import { drawFrom } from '../fleet/draw.ts';

/** A namespace of a cluster, as headers and row values name it. */
export interface ScopePair {
  readonly namespace: string;
  readonly cluster: string;
}

/** Whose view is measured. `namespaces` null: the security team, which sees everything. */
export const scopeKinds = [
  { name: 'security team', namespaces: null },
  { name: '50 namespaces', namespaces: 50 },
  { name: '5 namespaces', namespaces: 5 },
  { name: '1 namespace', namespaces: 1 },
] as const;
export type ScopeKind = (typeof scopeKinds)[number];

/** Draws scopes of one fleet; the same number always gives the same namespaces. */
export interface ScopeDraw {
  /** Null for the security team. */
  pairs(kind: ScopeKind, no: number): readonly ScopePair[] | null;
}

/** Draws from the namespaces in which something runs. */
export async function scopeDraw(central: Client): Promise<ScopeDraw> {
  const { rows } = await central.query<ScopePair>(
    `SELECT DISTINCT namespace, clustername AS cluster FROM deployments ORDER BY clustername, namespace`,
  );
  const draw = drawFrom('bench scopes');
  return {
    pairs({ namespaces }, no) {
      if (namespaces === null) {
        return null;
      }
      const order = rows.map((pair, at) => ({ pair, place: draw.number(namespaces, no, at) }));
      return order
        .toSorted((a, b) => a.place - b.place)
        .slice(0, namespaces)
        .map(({ pair }) => pair);
    },
  };
}
