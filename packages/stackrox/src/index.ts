/**
 * Everything that knows the database of StackRox / RHACS Central, releases 4.8 to 4.11 and the line after
 * it. It only reads: it finds out which release and which generation of image rows it faces, reads the
 * small tables whole, and reads findings image by image, only of those whose fingerprint moved. It takes
 * its settings as arguments, keeps no state besides its connections, and says every failure as a fault with
 * a code of `errors.ts`. Start with {@link resolveCentralAddress}, {@link openCentral} and {@link
 * detectSchema}.
 */
export { resolveCentralAddress, resolveDatabaseAddress } from './address.ts';
export type { CentralAddress, CentralTls, DatabaseSettings } from './address.ts';
export { guardWithBreaker } from './breaker.ts';
export type { BreakerOptions } from './breaker.ts';
export { openCentral } from './connection.ts';
export type { Central, CentralOptions, Reading, ReadStatement, SnapshotOptions } from './connection.ts';
export type { CentralContainer } from './containers.ts';
export { readCveRecord } from './cve-details.ts';
export type { CveAnswer, CveQuestion, CveRecord } from './cve-details.ts';
export type { StackroxFault, StackroxFaultCode } from './errors.ts';
export { readExceptions, readExceptionsFingerprint } from './exceptions.ts';
export type { ExceptionState } from './exceptions.ts';
export { readImageFindings } from './findings.ts';
export type { FindingRow, ImageFindings } from './findings.ts';
export { readFingerprints } from './fingerprints.ts';
export type { ImageGeneration, ImageRef } from './image-ref.ts';
export type { CentralImage } from './images.ts';
export { readImageLayers } from './layers.ts';
export type { CentralLayer, ImageLayers } from './layers.ts';
export { decodeCveDetails } from './protobuf.ts';
export type { CveDetails, ScoreSource } from './protobuf.ts';
export { inspectRights } from './rights.ts';
export type { CentralRights } from './rights.ts';
export { detectSchema, newestKnownSeqnum } from './schema.ts';
export type { CentralColumns, CentralMode, CentralRelease, CentralSchema } from './schema.ts';
export { deployedRefs, readInventory } from './small-tables.ts';
export type { CentralCluster, CentralDeployment, CentralInventory, CentralNamespace } from './small-tables.ts';
