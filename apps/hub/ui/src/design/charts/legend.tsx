import type { ReactNode } from 'react';
import './charts.css';

export interface LegendEntry {
  readonly key: string;
  readonly mark: ReactNode;
  readonly name: string;
  /** How many there are; left out where the chart writes the numbers itself. */
  readonly figure?: ReactNode;
}

/** What the shapes of a chart are called and how many there are of each; in the order of the chart. */
export function Legend({
  entries,
  isColumn,
}: {
  readonly entries: readonly LegendEntry[];
  readonly isColumn?: boolean;
}) {
  return (
    <ul className={isColumn === true ? 'app-legend app-legend-column' : 'app-legend'}>
      {entries.map(({ key, mark, name, figure }) => (
        <li key={key}>
          {mark}
          <span className="app-legend-name">{name}</span>
          {figure !== undefined && <span className="app-figures app-strong">{figure}</span>}
        </li>
      ))}
    </ul>
  );
}

/** A square of a colour or pattern, for figures that are no severity. */
export function Swatch({ colour }: { readonly colour: string }) {
  return (
    <svg className="app-swatch" viewBox="0 0 10 10" aria-hidden="true">
      <rect width="10" height="10" rx="2" style={{ fill: colour }} />
    </svg>
  );
}
