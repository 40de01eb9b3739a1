/** Writes `deploy/charts/gate/values.schema.json` anew: `node testbed/src/chart/write-values-schema.ts`. */
import { writeFileSync } from 'node:fs';
import { chartFile } from './chart-files.ts';
import { valuesSchemaText } from './values-schema.ts';

writeFileSync(chartFile('values.schema.json'), valuesSchemaText());
