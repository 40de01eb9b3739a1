import { useFormat } from './format.ts';
import { Nothing } from './nothing.tsx';

/** A date in the reader's format; the exact instant is in the tooltip and for machines. */
export function Moment({
  at,
  withTime = false,
}: {
  readonly at: string | null | undefined;
  readonly withTime?: boolean;
}) {
  const format = useFormat();
  const shown = at ? (withTime ? format.dateTime(at) : format.date(at)) : '';
  if (!at || shown === '') return <Nothing />;
  return (
    <time dateTime={at} title={format.dateTime(at)} className="app-nowrap">
      {shown}
    </time>
  );
}
