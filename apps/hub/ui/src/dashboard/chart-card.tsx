import { Button, Card, CardBody, CardHeader, CardTitle, Popover, Tooltip } from '@patternfly/react-core';
import ChartBarIcon from '@patternfly/react-icons/dist/esm/icons/chart-bar-icon';
import HelpIcon from '@patternfly/react-icons/dist/esm/icons/outlined-question-circle-icon';
import TableIcon from '@patternfly/react-icons/dist/esm/icons/table-icon';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface ChartCardProps {
  readonly title: string;
  /** One sentence for the person: what this tells them. */
  readonly help: string;
  readonly children: ReactNode;
  /** The same figures as a table. Left out where the content is one already. */
  readonly table?: ReactNode;
  /** Said instead of both when there is nothing to draw. */
  readonly emptyText?: string | undefined;
}

/** A figure with its title, an explanation, and the table behind it. */
export function ChartCard({ title, help, children, table, emptyText }: ChartCardProps) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const canSwitch = table !== undefined && emptyText === undefined;
  const actions = (
    <>
      <Help title={title} text={help} />
      {canSwitch && <TableToggle title={title} asTable={asTable} onToggle={() => setAsTable(!asTable)} />}
    </>
  );
  return (
    <Card component="section" aria-labelledby={id} isFullHeight isCompact>
      <CardHeader actions={{ actions, hasNoOffset: true }}>
        <CardTitle component="h3" id={id}>
          {title}
        </CardTitle>
      </CardHeader>
      <CardBody>
        {emptyText === undefined ? asTable ? table : children : <p className="app-subtle">{emptyText}</p>}
      </CardBody>
    </Card>
  );
}

function Help({ title, text }: { readonly title: string; readonly text: string }) {
  const { t } = useTranslation();
  return (
    <Popover bodyContent={text} aria-label={title} closeBtnAriaLabel={t('dashboard.closeHelp')}>
      <Button variant="plain" size="sm" icon={<HelpIcon />} aria-label={t('dashboard.help', { title })} />
    </Popover>
  );
}

interface TableToggleProps {
  readonly title: string;
  readonly asTable: boolean;
  readonly onToggle: () => void;
}

function TableToggle({ title, asTable, onToggle }: TableToggleProps) {
  const { t } = useTranslation();
  const text = asTable ? t('dashboard.asChart') : t('dashboard.asTable');
  return (
    <Tooltip content={text} aria="none">
      <Button
        variant="plain"
        size="sm"
        icon={asTable ? <ChartBarIcon /> : <TableIcon />}
        aria-label={`${text}: ${title}`}
        onClick={onToggle}
      />
    </Tooltip>
  );
}
