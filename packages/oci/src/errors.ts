import { Fault } from '@pratique/runtime/fault';

/** Everything this package throws on purpose. One code per cause a person can act on. */
export type OciFaultCode =
  /** A name of an image cannot be read; the message names the part that is wrong. */
  | 'reference-invalid'
  /** A digest is not `sha256:` and 64, or `sha512:` and 128, lower-case hexadecimal digits. */
  | 'digest-invalid'
  /** Bytes are not those their digest or size promised. */
  | 'content-mismatch'
  /** Content is larger than its kind may be. */
  | 'content-too-large'
  /** A manifest or index breaks its format. */
  | 'manifest-invalid'
  /** A manifest is of a kind that is not read here (schema 1, an unknown media type). */
  | 'manifest-unsupported'
  /** An index has no entry for the wanted platform. */
  | 'platform-not-found'
  /** The image asked for does not exist. */
  | 'image-not-found'
  /** A manifest names content that its store does not have. */
  | 'content-missing'
  /** A tag points elsewhere than expected: somebody else wrote meanwhile. */
  | 'tag-changed'
  /** The tag for referrers holds something that is not a list of referrers. */
  | 'fallback-tag-occupied'
  /** A referrer was written but kept disappearing from the list, because others write at the same time. */
  | 'referrer-not-listed'
  /** A copy would overwrite, or did not arrive complete. */
  | 'copy-incomplete'
  /** A tag at the destination of a copy exists and is different. */
  | 'copy-would-overwrite'
  /** A folder is not an OCI image layout, or holds what no layout may. */
  | 'layout-invalid'
  /** A layout could not be read or written: rights, space, a missing folder. */
  | 'layout-unavailable'
  /** The registry wants a login, or refuses the one that was given. */
  | 'registry-unauthorized'
  /** The account is known but has no right to this repository. */
  | 'registry-denied'
  /** The repository does not exist and the registry does not create it. */
  | 'registry-repository-unknown'
  /** The registry cannot store: disk full, quota, rights, read-only storage. */
  | 'registry-storage'
  /** The registry does not do what was asked: read-only mode, deletion switched off. */
  | 'registry-unsupported'
  /** The registry, or a proxy before it, limits the size of what is sent. */
  | 'registry-refuses-size'
  /** A tag may not be changed, or was changed meanwhile. */
  | 'registry-tag-immutable'
  /** What was uploaded is not there when the manifest names it. */
  | 'registry-upload-lost'
  /** The registry refuses a request as malformed. */
  | 'registry-refused'
  /** Too many requests; the registry asks to wait. */
  | 'registry-rate-limited'
  /** The registry failed (5xx) after all tries. */
  | 'registry-failed'
  /** The host name of the registry is not known. */
  | 'registry-host-unknown'
  /** Nobody accepts the connection, or it broke. */
  | 'registry-unreachable'
  /** The registry took longer than allowed. */
  | 'registry-timeout'
  /** The certificate or the TLS version of the registry is not acceptable. */
  | 'registry-tls'
  /** The registry speaks plain http where https is required. */
  | 'registry-plain-http'
  /** Credentials would travel unencrypted. */
  | 'registry-credentials-over-http'
  /** The registry sent something that breaks the protocol. */
  | 'registry-answer-invalid'
  /** The registry redirects in a circle, too often, or from https to http. */
  | 'registry-redirect'
  /** A file of credentials cannot be read or understood. */
  | 'credentials-unreadable'
  /** A credential helper failed. */
  | 'credential-helper-failed'
  /** A setting of the registry client contradicts itself or cannot be read (proxy address, certificate, host name). */
  | 'registry-setting-invalid';

/** A fault of this package. */
export type OciFault = Fault<OciFaultCode>;

/** What a fault of this package says; see {@link Fault}. */
export interface OciFaultDetails {
  readonly code: OciFaultCode;
  readonly message: string;
  readonly hint: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Builds a fault with the code checked against the closed list. */
export function ociFault(details: OciFaultDetails): OciFault {
  return new Fault<OciFaultCode>(details);
}

/**
 * The coarse class of a fault, by which programs choose exit codes and words: who has to act.
 * `internal` is what neither a login, nor the registry's operator, nor the name of the image explains.
 */
export type OciFaultClass =
  | 'registry-auth'
  | 'registry-storage'
  | 'registry-unavailable'
  | 'image-not-found'
  | 'conflict'
  | 'input'
  | 'internal';

const classes: Readonly<Partial<Record<OciFaultCode, OciFaultClass>>> = {
  'reference-invalid': 'input',
  'digest-invalid': 'input',
  'platform-not-found': 'input',
  'registry-setting-invalid': 'input',
  'credentials-unreadable': 'registry-auth',
  'credential-helper-failed': 'registry-auth',
  'registry-unauthorized': 'registry-auth',
  'registry-denied': 'registry-auth',
  'registry-repository-unknown': 'registry-auth',
  'registry-credentials-over-http': 'registry-auth',
  'registry-storage': 'registry-storage',
  'registry-unsupported': 'registry-storage',
  'registry-refuses-size': 'registry-storage',
  'registry-rate-limited': 'registry-unavailable',
  'registry-failed': 'registry-unavailable',
  'registry-host-unknown': 'registry-unavailable',
  'registry-unreachable': 'registry-unavailable',
  'registry-timeout': 'registry-unavailable',
  'registry-tls': 'registry-unavailable',
  'registry-plain-http': 'registry-unavailable',
  'registry-answer-invalid': 'registry-unavailable',
  'registry-redirect': 'registry-unavailable',
  'registry-upload-lost': 'registry-unavailable',
  'image-not-found': 'image-not-found',
  'content-missing': 'image-not-found',
  'registry-tag-immutable': 'conflict',
  'tag-changed': 'conflict',
  'fallback-tag-occupied': 'conflict',
  'referrer-not-listed': 'conflict',
  'copy-would-overwrite': 'conflict',
};

/** The class of a fault code of this package; see {@link OciFaultClass}. */
export function ociFaultClass(code: OciFaultCode): OciFaultClass {
  return classes[code] ?? 'internal';
}
