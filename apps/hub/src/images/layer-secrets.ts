import type { ImageDetail } from '@pratique/hub/contract';

type Layer = ImageDetail['layers'][number];

/** Names of variables whose values nobody should read in a page: anything with one of these words. */
const secretName = /PASSWORD|PASSWD|TOKEN|SECRET|KEY|CREDENTIAL/i;
/** `NAME=value` and `NAME value` as Dockerfiles write them, quoted or not. */
const assignment = /([A-Za-z_][A-Za-z0-9_.-]*)(=|\s+)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s]+)/g;

/** Values of ENV and ARG instructions whose name looks secret are replaced; everything else is as it was. */
export function maskSecrets(layers: readonly Layer[]): Layer[] {
  return layers.map((layer) =>
    /^(?:ENV|ARG)$/i.test(layer.instruction) ? { ...layer, value: maskAssignments(layer.value) } : { ...layer },
  );
}

function maskAssignments(value: string): string {
  return value.replace(assignment, (whole: string, name: string, between: string) =>
    secretName.test(name) ? `${name}${between}***` : whole,
  );
}
