import { Fault } from '@pratique/runtime/fault';
import type { FaultDetails } from '@pratique/runtime/fault';

/** Every code a fault of the registry can carry. The first part is answered to clients, the second ends a start. */
export type RegistryServerFaultCode =
  /** The repository has no blob of that digest. */
  | 'blob-unknown'
  /** A part of an upload does not follow what was sent before, or the upload is being written by another request. */
  | 'blob-upload-invalid'
  /** The part begins or ends elsewhere than its range says; the answer tells what is there. */
  | 'blob-upload-range'
  /** There is no such upload: it was finished, cancelled, or left alone for too long. */
  | 'blob-upload-unknown'
  /** The digest is malformed, of an unknown algorithm, or not the digest of what was sent. */
  | 'content-digest-invalid'
  /** The manifest names a blob or manifest that is not in the repository. */
  | 'manifest-blob-unknown'
  /** The manifest is not JSON, not of its media type, or its tag is malformed. */
  | 'manifest-refused'
  /** The repository has no manifest of that tag or digest. */
  | 'manifest-unknown'
  /** The name of the repository does not follow the grammar. */
  | 'repository-name-invalid'
  /** There is no repository of that name. */
  | 'repository-unknown'
  /** Fewer or more bytes arrived than were announced. */
  | 'content-size-invalid'
  /** The content is larger than this registry takes. */
  | 'blob-too-large'
  /** The number of entries asked for is not a number. */
  | 'page-size-invalid'
  /** The wanted range begins behind the end of the blob. */
  | 'range-unsatisfiable'
  /** The tag no longer (or already) points at what the condition of the request says. */
  | 'condition-failed'
  /** The request needs a user and password, or those it has are wrong. */
  | 'login-required'
  /** Too many failed logins or open uploads; try again later. */
  | 'too-many-requests'
  /** The method is not offered, or writing or deleting is switched off. */
  | 'operation-unsupported'
  /** There is nothing at this path. */
  | 'path-unknown'
  /** The request itself is malformed. */
  | 'request-malformed'
  /** Nothing more can be written: the disk or quota is full. Nothing half-written was kept. */
  | 'storage-full'
  /** The folder cannot be read or written: rights, a read-only mount, or a broken disk. */
  | 'storage-failed'
  /** The registry is stopping and takes no new work. */
  | 'registry-stopping'
  /** Another process serves or cleans this folder. */
  | 'storage-folder-in-use'
  /** The folder cannot be used: not a folder, of another format, or not writable. */
  | 'storage-folder-unusable'
  /** The address or port could not be opened. */
  | 'registry-port-unavailable'
  /** The file of users cannot be read or has a line that is not NAME:bcrypt. */
  | 'users-file-invalid'
  /** The certificate or key cannot be read, or they do not belong together. */
  | 'certificate-unusable';

/** A fault of the registry; `values` of those answered to clients become the `detail` of the answer. */
export function registryFault(details: FaultDetails<RegistryServerFaultCode>): Fault<RegistryServerFaultCode> {
  return new Fault(details);
}
