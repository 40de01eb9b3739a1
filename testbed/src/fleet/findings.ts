import type { CveFacts } from './catalogue.ts';
import type { Draw } from './draw.ts';
import type { ImagePlan } from './images.ts';
import { languageComponents, languageVerdicts } from './language-findings.ts';
import { osComponents, osVerdicts } from './os-findings.ts';
import { families } from './os-packages.ts';
import type { ComponentPlan } from './verdict.ts';

/** Knows what is in any image. */
export type Inventory = (image: ImagePlan) => readonly ComponentPlan[];

/** Prepares the verdicts of all families and ecosystems once; the result answers for each image. */
export function takeInventory(draw: Draw, catalogue: ReadonlyMap<string, CveFacts>, now: Date): Inventory {
  const byFamily = new Map(families.map((family) => [family, osVerdicts(draw, catalogue, family, now)]));
  const languages = languageVerdicts(draw, catalogue, now);
  return (image) => {
    if (image.firstScan === null) {
      return [];
    }
    const os = osComponents(image, byFamily.get(image.family) ?? new Map());
    return image.clean ? os.slice(0, 6).map(withoutFindings) : [...os, ...languageComponents(draw, image, languages)];
  };
}

function withoutFindings(component: ComponentPlan): ComponentPlan {
  return { ...component, verdicts: [] };
}
