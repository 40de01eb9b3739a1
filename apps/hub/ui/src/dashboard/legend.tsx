import type { ReactNode } from 'react';
import { useFormat } from '../design/format.ts';
import type { Drill } from './drill.ts';
import { DrillLink } from './drill-link.tsx';

export interface LegendEntry {
  readonly key: string;
  readonly mark: ReactNode;
  readonly name: string;
  /** Left out where the chart writes the numbers itself. */
  readonly value?: number;
  readonly to?: Drill;
}

/** What the shapes of a chart are called and how many there are of each; in the order of the chart. */
export function Legend({
  entries,
  isColumn,
}: {
  readonly entries: readonly LegendEntry[];
  readonly isColumn?: boolean;
}) {
  const format = useFormat();
  return (
    <ul className={isColumn === true ? 'app-legend app-legend-column' : 'app-legend'}>
      {entries.map(({ key, mark, name, value, to }) => {
        const figure = value === undefined ? null : format.count(value);
        return (
          <li key={key}>
            {mark}
            <span className="app-legend-name">{name}</span>
            {figure !== null && (
              <span className="app-figures app-strong">
                {to === undefined ? (
                  figure
                ) : (
                  <DrillLink to={to} label={`${name}: ${figure}`}>
                    {figure}
                  </DrillLink>
                )}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** A square of a colour, for figures that are no severity. */
export function Swatch({ colour }: { readonly colour: string }) {
  return (
    <svg className="app-swatch" viewBox="0 0 10 10" aria-hidden="true">
      <rect width="10" height="10" rx="2" style={{ fill: colour }} />
    </svg>
  );
}
