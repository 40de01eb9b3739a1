/** Where custom resources name images, as a setting (3.3). */
import Type from 'typebox';
import { Value } from 'typebox/value';
import { parseJsonPath } from '@pratique/kube/workload';
import type { ImageExtractor, JsonPath } from '@pratique/kube/workload';
import { custom } from '@pratique/runtime/config';
import type { Kind } from '@pratique/runtime/config';
import { excerpt } from '@pratique/runtime/fault';

const paths = Type.Optional(Type.Array(Type.String({ maxLength: 500 }), { maxItems: 32 }));
const Extractors = Type.Array(
  Type.Object(
    {
      group: Type.String({ maxLength: 253 }),
      kind: Type.String({ minLength: 1, maxLength: 253 }),
      podSpecs: paths,
      images: paths,
    },
    { additionalProperties: false },
  ),
  { maxItems: 100 },
);

/** A JSON list of extractors. */
export function extractors(): Kind<readonly ImageExtractor[]> {
  return custom({
    allowed: 'a JSON list of objects with group, kind, and at least one path in podSpecs or images',
    read(text) {
      const value = parse(text);
      if (!Value.Check(Extractors, value)) {
        const [first] = Value.Errors(Extractors, value);
        throw new Error(`does not have the expected form${first === undefined ? '' : ` at ${first.instancePath}`}`);
      }
      return value.map(({ group, kind, podSpecs = [], images = [] }): ImageExtractor => {
        // Without a path a resource would be refused for having no images, which nobody can mean.
        if (podSpecs.length + images.length === 0) throw new Error(`no path is given for ${excerpt(kind, 80)}`);
        return { group, kind, podSpecs: podSpecs.map(pathOf), images: images.map(pathOf) };
      });
    },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
}

function pathOf(text: string): JsonPath {
  const path = parseJsonPath(text);
  if (path === undefined)
    throw new Error(`"${excerpt(text, 80)}" is not a path: names, [index] and [*] are understood`);
  return path;
}
