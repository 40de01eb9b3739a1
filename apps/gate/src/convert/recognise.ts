/** Which Connaisseur a values file was written for. */
import { isMap, type Values } from './values.ts';

/** `flat` is Connaisseur 3 without its levels: trust roots, registries or validators at the top of the file. */
export type Layout = 'connaisseur-1' | 'connaisseur-2' | 'flat' | 'connaisseur-3' | 'unknown';

/** Keys that stand at the top of no file of Connaisseur 3, by what they tell. */
const marks: readonly (readonly [Layout, readonly string[]])[] = [
  ['connaisseur-1', ['notaries', 'notary', 'detection_mode']],
  ['flat', ['trustRoots', 'trust_roots', 'insecureRegistries', 'features']],
  [
    'connaisseur-2',
    [
      'deployment',
      'service',
      'validators',
      'policy',
      'detectionMode',
      'namespacedValidation',
      'automaticChildApproval',
      'automaticUnchangedApproval',
      'logLevel',
      'debug',
    ],
  ],
];

/** Every top-level key that says a file is not of Connaisseur 3; the chart refuses the same ones. */
export const oldKeys: readonly string[] = marks.flatMap(([, keys]) => keys);

/** The layout, by the first mark that is found; `connaisseur-3` needs one of its three levels and no mark. */
export function layoutOf(values: Values): Layout {
  for (const [layout, keys] of marks) {
    if (keys.some((key) => Object.hasOwn(values, key))) return layout;
  }
  const levels = ['kubernetes', 'application', 'alerting', 'tls', 'registries', 'fullnameOverride'];
  return levels.some((level) => isMap(values[level]) || Object.hasOwn(values, level)) ? 'connaisseur-3' : 'unknown';
}
