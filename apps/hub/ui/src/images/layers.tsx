import { Alert, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { ImageDetail } from '@pratique/hub/contract';
import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import { ForeignText } from '../design/foreign-text.tsx';
import { SectionCard } from '../design/section-card.tsx';

/** The instructions the image was built with; where they cannot be shown, why. */
export function Layers({ image }: { readonly image: ImageDetail }) {
  const { t } = useTranslation();
  return (
    <SectionCard title={t('images.layers')}>
      {image.layers_state === 'read' ? (
        <LayerTable layers={image.layers} />
      ) : (
        <Alert
          component="p"
          isInline
          variant={image.layers_state === 'unavailable' ? 'warning' : 'info'}
          title={t(`images.layersState.${image.layers_state}`)}
        />
      )}
    </SectionCard>
  );
}

/** What kind of instruction it is: one that runs, one that brings files, one that sets. Says nothing about danger. */
const colours: Readonly<Record<string, ComponentProps<typeof Label>['color']>> = {
  RUN: 'blue',
  COPY: 'teal',
  ADD: 'teal',
  ENV: 'purple',
  ARG: 'purple',
  LABEL: 'purple',
};

function LayerTable({ layers }: Pick<ImageDetail, 'layers'>) {
  const { t } = useTranslation();
  if (layers.length === 0) return <p className="app-subtle">{t('images.noLayers')}</p>;
  return (
    <Table aria-label={t('images.layers')} variant="compact" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          <Th className="app-number">{t('images.layerNumber')}</Th>
          <Th>{t('images.instruction')}</Th>
          <Th>{t('images.value')}</Th>
        </Tr>
      </Thead>
      <Tbody>
        {layers.map((layer) => (
          <Tr key={layer.idx}>
            <Td dataLabel={t('images.layerNumber')} className="app-number">
              {layer.idx}
            </Td>
            <Td dataLabel={t('images.instruction')}>
              <span>
                <Label isCompact color={colours[layer.instruction.toUpperCase()] ?? 'grey'}>
                  {layer.instruction}
                </Label>
              </span>
            </Td>
            <Td dataLabel={t('images.value')} className="app-mono">
              <ForeignText text={layer.value} />
            </Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
