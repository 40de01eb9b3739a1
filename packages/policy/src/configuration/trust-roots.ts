/** `trustRoots` of a validator: whom it believes (1.5). */
import type { X509Certificate } from 'node:crypto';
import { identityProblems } from './trust-root-shape.ts';
import { readIdentity } from './identity-rule.ts';
import { readInlineKey, readKeySource } from './key-source.ts';
import { pemLabels, readCertificates, unindented } from './pem.ts';
import type { CosignTrustRoot, NotaryV1Settings, NotationSettings } from './policy.ts';
import type { TrustRootText } from './schema.ts';
import type { Section } from './section.ts';

type NotaryRoot = { readonly name: string; readonly pem: string };
type NotationRoot = NotationSettings['trustRoots'] extends ReadonlyMap<string, infer Root> ? Root : never;

/**
 * Trust roots of a cosign validator.
 *
 * @param section At the validator.
 * @returns undefined where something is wrong, which has been told then
 */
export function readCosignRoots(
  section: Section,
  validator: string,
  texts: readonly TrustRootText[],
): ReadonlyMap<string, CosignTrustRoot> | undefined {
  return readRoots(section, { validator, texts }, (root, text): CosignTrustRoot | undefined => {
    if (!identityProblems(root, text, ['key', 'keyless'])) return undefined;
    if (text.keyless !== undefined) return readIdentity(root.inner('keyless'), text.keyless, text.name);
    const source = readKeySource(root, text.key ?? '', text.name);
    return source === undefined ? undefined : { kind: 'key', name: text.name, source };
  });
}

/** Trust roots of a notaryv1 validator; as {@link readCosignRoots}. */
export function readNotaryRoots(
  section: Section,
  validator: string,
  texts: readonly TrustRootText[],
): NotaryV1Settings['trustRoots'] | undefined {
  return readRoots(section, { validator, texts }, (root, text): NotaryRoot | undefined => {
    if (!identityProblems(root, text, ['key'])) return undefined;
    const problem = notaryKeyProblem(text.key ?? '');
    if (problem === undefined && readInlineKey(root, text.key ?? '', text.name) !== undefined)
      return { name: text.name, pem: unindented(text.key ?? '').trim() };
    if (problem !== undefined)
      root.error(['key'], {
        code: 'key-unreadable',
        message: `the key of trust root ${text.name} cannot be used: ${problem}`,
        allowed: 'one PEM public key',
        nextStep: 'Paste the root key, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----.',
      });
    return undefined;
  });
}

/** Trust roots of a notation validator; as {@link readCosignRoots}. */
export function readNotationRoots(
  section: Section,
  validator: string,
  texts: readonly TrustRootText[],
): NotationSettings['trustRoots'] | undefined {
  return readRoots(section, { validator, texts }, (root, text): NotationRoot | undefined => {
    if (text.cert === undefined) {
      const message = `no certificate provided for trust root ${text.name}`;
      root.error(['cert'], { code: 'value-missing', message, nextStep: 'Add cert, in PEM.' });
    }
    if (!identityProblems(root, text, ['cert'])) return undefined;
    const certificates = certificatesAt(root, 'cert', text.cert ?? '');
    const timestamp = text.tsCert === undefined ? [] : certificatesAt(root, 'tsCert', text.tsCert);
    if (certificates === undefined || timestamp === undefined) return undefined;
    const { name } = text;
    return { name, certificates, ...(timestamp.length === 0 ? {} : { timestampCertificates: timestamp }) };
  });
}

interface Roots {
  readonly validator: string;
  readonly texts: readonly TrustRootText[];
}

function readRoots<Root>(
  section: Section,
  { validator, texts }: Roots,
  read: (root: Section, text: TrustRootText) => Root | undefined,
): ReadonlyMap<string, Root> | undefined {
  if (texts.length === 0) {
    section.error(['trustRoots'], {
      code: 'value-missing',
      message: `no trust roots provided for validator ${validator}`,
      nextStep: 'Add at least one entry to trustRoots.',
    });
    return undefined;
  }
  const roots = new Map<string, Root>();
  let isWhole = true;
  for (const [index, text] of texts.entries()) {
    const part = section.inner('trustRoots', index);
    const isNameFree = checkName(part, text.name, { validator, taken: texts.slice(0, index).map(({ name }) => name) });
    const root = read(part, text);
    if (root === undefined || !isNameFree) isWhole = false;
    else roots.set(text.name, root);
  }
  return isWhole ? roots : undefined;
}

function checkName(
  section: Section,
  name: string,
  { validator, taken }: { readonly validator: string; readonly taken: readonly string[] },
): boolean {
  if (name === '') return false;
  if (name === '*') {
    const message = 'a trust root cannot be called *, which means all of them in rules';
    section.error(['name'], { code: 'value-wrong', message, nextStep: 'Give it another name.' });
    return false;
  }
  if (!taken.includes(name)) return true;
  const message = `validator ${validator} has two trust roots called ${name.slice(0, 60)}`;
  section.error(['name'], { code: 'name-duplicate', message, nextStep: 'Rename one of them.' });
  return false;
}

function notaryKeyProblem(key: string): string | undefined {
  const text = unindented(key).trim();
  if (pemLabels(text).length === 0) return 'wrong format, provide a PEM encoded public key';
  const rest = text.replace(/-----BEGIN [A-Z0-9 ]+-----[^-]*-----END [A-Z0-9 ]+-----/, '').trim();
  return rest === '' ? undefined : 'it contains extraneous characters';
}

function certificatesAt(section: Section, key: 'cert' | 'tsCert', pem: string): readonly X509Certificate[] | undefined {
  const read = readCertificates(pem);
  if (read.state === 'valid') return read.certificates;
  const what = read.problem === 'no-pem' ? 'failed to decode certificate' : 'failed to parse certificate';
  section.error([key], {
    code: 'certificate-unreadable',
    message: `${key === 'tsCert' ? 'timestamp certificate: ' : ''}${what} of trust root ${section.textAt('name') ?? ''}`,
    allowed: 'whole certificates in PEM',
    nextStep: 'Paste the certificate with its BEGIN and END lines and nothing cut off.',
  });
  return undefined;
}
