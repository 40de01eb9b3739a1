/**
 * How container runtimes read an index. Where the images behind it are judged in place of the index, nothing signs its text, and
 * whoever pushed it may have written one that we read in one way and a runtime in another.
 */

/** Other machines a node of this one starts images of, where there are none for itself (as containerd has it). */
const alsoStarts: Readonly<Record<string, readonly string[]>> = { amd64: ['386'], arm64: ['arm'] };

/** The words of Go for systems and machines. Others may be names that a runtime takes for one of these: `x86_64`, `aarch64`, `macos`. */
const systems = new Set(['linux', 'windows', 'darwin', 'freebsd', 'netbsd', 'openbsd', 'solaris', 'aix', 'android']);
const machines = new Set(
  '386 amd64 arm arm64 loong64 mips mipsle mips64 mips64le ppc64 ppc64le riscv64 s390x wasm'.split(' '),
);

/**
 * Whether a node may start an image of a platform. Variants are left out: a node runs those of lower machines as well.
 *
 * @param node `linux/amd64`
 */
export function mayStart(
  node: string,
  { os, architecture }: { readonly os: string; readonly architecture: string },
): boolean {
  const [nodeOs = '', nodeMachine = ''] = node.split('/');
  if (!systems.has(os) || !machines.has(architecture)) return true;
  const isMachine = architecture === nodeMachine || alsoStarts[nodeMachine]?.includes(architecture) === true;
  return os === nodeOs && isMachine;
}

/**
 * Whether an object has two members whose names differ in case only. Runtimes written in Go take them for the same one, and the
 * last of them counts. The names of annotations are labels and nothing else.
 */
export function hasTwinMembers(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasTwinMembers);
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  if (new Set(names.map(folded)).size < names.length) return true;
  return Object.entries(value).some(([name, member]) => name !== 'annotations' && hasTwinMembers(member));
}

/** Both ways: the long s has only an upper case, and the sign of Kelvin only a lower one, that is a letter of ASCII. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase();
}
