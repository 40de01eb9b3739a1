import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Drill } from './drill.ts';

/** A figure that leads to the list of what it counts. */
export function DrillLink({
  to,
  label,
  className,
  children,
}: {
  readonly to: Drill;
  /** Accessible name where the figure alone does not say what it counts. */
  readonly label?: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <Link
      to="/vulnerabilities"
      search={to}
      className={className}
      {...(label === undefined ? {} : { 'aria-label': label })}
    >
      {children}
    </Link>
  );
}

/** The same step for shapes in a chart, which are pressed and not links; each chart's table holds the links. */
export function useDrill(): (to: Drill) => void {
  const navigate = useNavigate();
  return (to) => void navigate({ to: '/vulnerabilities', search: to });
}
