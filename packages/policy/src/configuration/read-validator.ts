/** One entry of `validators` (1.4, 1.5). */
import type { ValidatorType } from '../verdict.ts';
import { readCertificates } from './pem.ts';
import type { ValidatorAuth, ValidatorSettings } from './policy.ts';
import { AuthSchema, validatorSchemas } from './schema.ts';
import type { Auth } from './schema.ts';
import type { Section } from './section.ts';
import { addressOf, publicNotary, publicRekor, readSigstoreHost } from './sigstore-host.ts';
import type { ReadText } from './sigstore-host.ts';
import { nearest } from './spelling.ts';
import { readCosignRoots, readNotaryRoots, readNotationRoots } from './trust-roots.ts';

/** What is known of a validator, also where something in it is wrong: rules that name it are then not wrong as well. */
export interface ReadValidator {
  readonly section: Section;
  readonly name: string | undefined;
  readonly type: ValidatorType | undefined;
  /** Absent where something is wrong. */
  readonly settings: ValidatorSettings | undefined;
  /** As they are written, whether they can be used or not. */
  readonly trustRoots: readonly string[];
}

const types = Object.keys(validatorSchemas) as readonly ValidatorType[];

/** Reads a validator; what is wrong in it has been told then. */
export function readValidator(section: Section, readText: ReadText | undefined): ReadValidator {
  const name = section.textAt('name');
  const type = types.find((one) => one === section.textAt('type'));
  const trustRoots = section
    .inner('trustRoots')
    .items()
    .map((root) => root.textAt('name'))
    .filter((one) => one !== undefined);
  const known = { section, name, type, trustRoots };
  warnOfName(section, name);
  if (type !== undefined) return { ...known, settings: settingsOf(section, type, readText) };
  if (section.node.kind !== 'map') section.readAs(validatorSchemas.static, 'a validator');
  else tellType(section, name);
  return { ...known, settings: undefined };
}

function tellType(section: Section, name: string | undefined): void {
  const text = section.textAt('type');
  if (name === undefined)
    section.error(['name'], { code: 'value-missing', message: 'validator is missing a name', nextStep: 'Add name.' });
  if (text === undefined) {
    const message = `validator is missing a type${name === undefined ? '' : ` (validator ${name})`}`;
    section.error(['type'], { code: 'value-missing', message, allowed: types.join(', '), nextStep: 'Add type.' });
    return;
  }
  const suggestion = nearest(text, types);
  section.error(['type'], {
    code: 'value-wrong',
    value: text,
    message: `unsupported validator type ${JSON.stringify(text.slice(0, 60))}`,
    allowed: types.join(', '),
    ...(suggestion === undefined ? {} : { suggestion }),
    nextStep: suggestion === undefined ? 'Choose one of these types.' : `Write ${suggestion}.`,
  });
}

function warnOfName(section: Section, name: string | undefined): void {
  if (name === undefined || /^[a-z0-9-]+$/.test(name)) return;
  section.warning(['name'], {
    code: 'name-unusual',
    value: name,
    message: 'the name of a validator should be lower-case letters, digits and -',
    nextStep: 'Rename it here and in the rules that use it.',
  });
}

function settingsOf(
  section: Section,
  type: ValidatorType,
  readText: ReadText | undefined,
): ValidatorSettings | undefined {
  switch (type) {
    case 'static': {
      const { value, isWhole } = section.readAs(validatorSchemas.static, 'a static validator');
      return value === undefined || !isWhole ? undefined : { type, name: value.name, approve: value.approve ?? false };
    }
    case 'cosign':
      return cosignSettings(section, readText);
    case 'notaryv1':
      return notarySettings(section);
    case 'notation':
      return notationSettings(section);
  }
}

function cosignSettings(section: Section, readText: ReadText | undefined): ValidatorSettings | undefined {
  const { value: text, isWhole } = section.readAs(validatorSchemas.cosign, 'a cosign validator');
  if (text === undefined) return undefined;
  const remote = readRemote(section, text);
  const trustRoots = readCosignRoots(section, text.name, text.trustRoots ?? []);
  const host =
    text.host === undefined
      ? { rekor: publicRekor, trust: {} }
      : readSigstoreHost(section.inner('host'), text.host, readText);
  return !isWhole || remote === undefined || trustRoots === undefined
    ? undefined
    : { type: 'cosign', name: text.name, ...remote, trustRoots, ...host };
}

function notarySettings(section: Section): ValidatorSettings | undefined {
  const { value: text, isWhole } = section.readAs(validatorSchemas.notaryv1, 'a notaryv1 validator');
  if (text === undefined) return undefined;
  const remote = readRemote(section, text);
  const trustRoots = readNotaryRoots(section, text.name, text.trustRoots ?? []);
  const host = text.host === undefined ? publicNotary : addressOf(text.host);
  if (host === undefined)
    section.error(['host'], {
      code: 'value-wrong',
      value: text.host,
      message: `invalid url for notary host of validator ${text.name}`,
      allowed: 'an address such as https://notary.example.com',
      nextStep: `Correct the address, or remove it for ${publicNotary}.`,
    });
  if (host?.startsWith('http:') === true)
    section.warning(['host'], {
      code: 'insecure',
      value: host,
      message: `the Notary server of validator ${text.name} is asked over http; credentials are not sent that way`,
      nextStep: 'Use https if the server has it.',
    });
  return !isWhole || remote === undefined || trustRoots === undefined || host === undefined
    ? undefined
    : { type: 'notaryv1', name: text.name, ...remote, host, trustRoots };
}

function notationSettings(section: Section): ValidatorSettings | undefined {
  const { value: text, isWhole } = section.readAs(validatorSchemas.notation, 'a notation validator');
  if (text === undefined) return undefined;
  const remote = readRemote(section, text);
  const trustRoots = readNotationRoots(section, text.name, text.trustRoots ?? []);
  return !isWhole || remote === undefined || trustRoots === undefined
    ? undefined
    : { type: 'notation', name: text.name, ...remote, trustRoots };
}

interface RemoteText {
  readonly name: string;
  readonly auth?: Auth;
  readonly cert?: string;
}

/** `auth` and `cert`. */
function readRemote(
  section: Section,
  text: RemoteText,
): { readonly auth?: ValidatorAuth; readonly ca?: string } | undefined {
  const auth = text.auth === undefined ? undefined : readAuth(section.inner('auth'), text.auth);
  const ca = text.cert === undefined ? { isRight: true } : readCa(section, text.cert, text.name);
  if (auth === 'wrong' || !ca.isRight) return undefined;
  return { ...(auth === undefined ? {} : { auth }), ...(ca.pem === undefined ? {} : { ca: ca.pem }) };
}

function readCa(section: Section, pem: string, name: string): { readonly pem?: string; readonly isRight: boolean } {
  const read = readCertificates(pem);
  if (read.state === 'valid') return { pem: read.certificates.map(String).join(''), isRight: true };
  const isNotation = section.textAt('type') === 'notation';
  const words = isNotation ? 'failed to parse certificate' : 'invalid certificate';
  section.error(['cert'], {
    code: 'certificate-unreadable',
    message: `${words} for validator ${name}`,
    allowed: 'one or more whole certificates in PEM',
    nextStep: 'Paste the certificate of the authority, with its BEGIN and END lines and nothing cut off.',
  });
  return { isRight: false };
}

function readAuth(section: Section, auth: Auth): ValidatorAuth | 'wrong' {
  if (auth.usePullSecrets === true) {
    section.error(['usePullSecrets'], {
      code: 'unsupported',
      message: 'usePullSecrets is not available in this version',
      nextStep: 'Name the Secret of the credentials with secretName.',
    });
    return 'wrong';
  }
  if (auth.secretName !== undefined) {
    if (auth.useKeychain === true)
      section.warning(['useKeychain'], {
        code: 'option-ignored',
        message: 'useKeychain has no effect beside secretName',
        nextStep: 'Remove one of them.',
      });
    return { kind: 'secret', secretName: auth.secretName };
  }
  if (auth.useKeychain === true) return { kind: 'keychain' };
  const keys = section.node.kind === 'map' ? [...section.node.entries.keys()] : [];
  // Keys that are none have been told; then it is not that nothing was defined.
  if (keys.some((key) => !Object.hasOwn(AuthSchema.properties, key))) return 'wrong';
  section.error([], {
    code: 'value-missing',
    message: 'neither secretName nor useKeychain defined',
    nextStep: 'Name a Secret with secretName, set useKeychain: true, or remove auth.',
  });
  return 'wrong';
}
