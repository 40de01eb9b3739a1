/** The images that a Kubernetes manifest or a Dockerfile names. Pure: text in, names out. */

/** Every image of a manifest, in YAML or JSON, in order, each once. */
export function imagesInManifest(text: string): readonly string[] {
  const found = text.matchAll(
    /^[^\S\n]*(?:-[^\S\n]+)*(?:"image"|'image'|image)[^\S\n]*:[^\S\n]*(?:"([^"\n]+)"|'([^'\n]+)'|([^\s#"',{}\n]+))/gm,
  );
  const inFlow = text.matchAll(/[{,][^\S\n]*["']?image["']?[^\S\n]*:[^\S\n]*["']?([^"'\s,}]+)["']?/g);
  return [
    ...new Set([
      ...[...found].map(([, double, single, plain]) => double ?? single ?? plain ?? ''),
      ...[...inFlow].map(([, name = '']) => name),
    ]),
  ].filter((name) => name !== '');
}

/** What a Dockerfile builds on. */
export interface DockerfileImages {
  readonly images: readonly string[];
  /** Names whose variables have no value, so that nobody can say which image is meant. */
  readonly unresolved: readonly string[];
}

/** A line of a Dockerfile that names an image, or a stage. */
interface Stages {
  readonly names: Set<string>;
  readonly args: Map<string, string>;
  readonly images: string[];
  readonly unresolved: string[];
}

/**
 * The images of a Dockerfile: each FROM, and each COPY --from that names an image rather than a stage. `baseOnly` gives the one
 * that the last stage stands on.
 */
export function imagesInDockerfile(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  { baseOnly }: { readonly baseOnly: boolean } = { baseOnly: false },
): DockerfileImages {
  const stages: Stages = { names: new Set(), args: new Map(), images: [], unresolved: [] };
  const bases = new Map<string, string>();
  let last = '';
  for (const line of logicalLines(text)) {
    const [, arg, initial] = /^ARG\s+(\w+)(?:=("[^"]*"|'[^']*'|\S*))?/i.exec(line) ?? [];
    if (arg !== undefined) stages.args.set(arg, env[arg] ?? unquoted(initial ?? ''));
    const [, from, name] = /^FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(line) ?? [];
    if (from !== undefined) {
      const image = note(from, stages);
      // A stage that stands on another stage stands on what that one stands on.
      last = bases.get(image.toLowerCase()) ?? image;
      if (name !== undefined) {
        stages.names.add(name.toLowerCase());
        bases.set(name.toLowerCase(), last);
      }
    }
    const [, source] = /^(?:COPY|ADD)\s+(?:--\S+\s+)*?--from=(\S+)/i.exec(line) ?? [];
    if (source !== undefined && !/^\d+$/.test(source)) note(source, stages);
  }
  if (baseOnly) return { images: stages.images.filter((image) => image === last), unresolved: stages.unresolved };
  return { images: [...new Set(stages.images)], unresolved: stages.unresolved };
}

function note(written: string, { names, args, images, unresolved }: Stages): string {
  const image = written.replace(
    /\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g,
    (whole, braced?: string, or?: string, plain?: string) => {
      const value = args.get(braced ?? plain ?? '');
      return value === undefined || value === '' ? (or ?? whole) : value;
    },
  );
  if (image.includes('$')) unresolved.push(written);
  else if (image !== 'scratch' && !names.has(image.toLowerCase())) images.push(image);
  return image;
}

// A backslash at the end joins lines; lines of comment between them are skipped.
function logicalLines(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*#/.test(line));
  return lines
    .join('\n')
    .replace(/\\[^\S\n]*\n/g, ' ')
    .split('\n')
    .map((line) => line.trim());
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2');
}
