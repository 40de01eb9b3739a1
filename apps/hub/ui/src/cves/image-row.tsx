import type { ImageCveGroup } from '@pratique/hub/contract';
import { ExpandableRowContent, Tbody, Td, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../design/format.ts';
import { ImageLink } from '../images/image-link.tsx';
import { rowProps } from '../keyboard/row.ts';
import type { ListViewProps } from './by-cve.tsx';
import { ImageCves } from './image-cves.tsx';
import type { ImageColumn } from './image-table.tsx';
import { Cvss, Epss } from './scores.tsx';

export interface ImageRowProps extends Pick<ListViewProps, 'search' | 'scope'> {
  readonly image: ImageCveGroup;
  readonly rowIndex: number;
  readonly columns: readonly ImageColumn[];
  readonly isTabStop: boolean;
}

/** One image and, once opened, its CVEs. */
export function ImageRow({ image, rowIndex, columns, search, scope, isTabStop }: ImageRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [isOpen, setOpen] = useState(false);
  const counts = [image.total_cves, image.critical_cves, image.high_cves, image.medium_cves, image.low_cves];
  const label = (index: number) => columns[index]?.label ?? '';
  return (
    <Tbody isExpanded={isOpen}>
      <Tr isContentExpanded={isOpen} {...rowProps(imageRowName(image), isTabStop)}>
        <Td expand={{ rowIndex, isExpanded: isOpen, onToggle: () => setOpen(!isOpen) }} />
        <Td dataLabel={label(0)}>
          <ImageLink imageId={image.image_id} name={image.image_name} />
          <div className="app-subtle app-small">{t('cves.namespaceCount', { count: image.namespaces.length })}</div>
        </Td>
        {counts.map((count, index) => (
          <Td
            key={label(index + 1)}
            dataLabel={label(index + 1)}
            className={count === 0 ? 'app-number app-subtle' : 'app-number'}
          >
            {format.count(count)}
          </Td>
        ))}
        <Td dataLabel={label(6)} className="app-number">
          <Cvss score={image.max_cvss} />
        </Td>
        <Td dataLabel={label(7)} className="app-number">
          <Epss probability={image.max_epss} />
        </Td>
        <Td dataLabel={label(8)} className="app-number">
          {format.count(image.fixable_cves)}
        </Td>
        <Td dataLabel={label(9)} className="app-number">
          {format.count(image.affected_deployments)}
        </Td>
      </Tr>
      <Tr isExpanded={isOpen}>
        <Td colSpan={columns.length + 1}>
          <ExpandableRowContent>
            {isOpen && <ImageCves image={image} search={search} scope={scope} />}
          </ExpandableRowContent>
        </Td>
      </Tr>
    </Tbody>
  );
}

/** One digest may run under several names, and each of them is a row. */
export function imageRowName(image: Pick<ImageCveGroup, 'image_id' | 'image_name'>): string {
  return `${image.image_id} ${image.image_name}`;
}
