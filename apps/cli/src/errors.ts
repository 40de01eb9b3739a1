import { Fault } from '@pratique/runtime/fault';

/** Every code a fault of the command itself can carry. */
export type CliFaultCode =
  /** The command line, or a variable that stands for a part of it, is wrong. */
  | 'usage'
  /** A question was answered with no, or nobody was there to answer it. */
  | 'declined'
  /** A file that would be written is there already. */
  | 'file-exists'
  /** A file could not be written: no permission, no space, no such folder. */
  | 'file-unwritable'
  /** The place a file would be written to is a symbolic link, which is not followed. */
  | 'symlink-refused'
  /** The two entries of a new password differ, or a password was needed and none was given. */
  | 'password-missing'
  /** A key reference names a place that is not supported here, or lacks a part. */
  | 'key-reference-unsupported'
  /** A key, signature or predicate that an address should give could not be fetched. */
  | 'fetch-failed'
  /** The Kubernetes API refused, or could not be reached, while a Secret was read or written. */
  | 'kube-secret-failed'
  /** A variable named by env:// is not set. */
  | 'variable-missing'
  /** A file of registry credentials is not what docker and podman write. */
  | 'credentials-file-invalid'
  /** The time limit of the whole command passed (--timeout). */
  | 'timed-out'
  /** Not one image was found in a manifest or Dockerfile, so nothing could be verified. */
  | 'no-images-found'
  /** A manifest that was to be judged cannot be read as Kubernetes would. */
  | 'manifest-unreadable'
  /** The policy of a gate that was to be judged by has mistakes. */
  | 'policy-invalid';

/** What a fault of the command says; see Fault. */
export interface CliFaultDetails {
  readonly code: CliFaultCode;
  readonly message: string;
  readonly hint: string;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Builds a fault with the code checked against the closed list. */
export function cliFault(details: CliFaultDetails): Fault<CliFaultCode> {
  return new Fault<CliFaultCode>(details);
}

/** A wrong command line, with what to write instead. */
export function usageFault(message: string, hint: string): Fault<CliFaultCode> {
  return cliFault({ code: 'usage', message, hint });
}
