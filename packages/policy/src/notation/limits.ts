/** Every limit of this folder in one place, with the reasoning beside it. */

/** Signatures that are judged for one image, as Connaisseur has it; the first that holds decides. */
export const judgedSignatures = 10;

/** Manifests opened to find them: entries of old fallback lists do not say what they are (VAL-3). */
export const openedManifests = 50;

/** Bytes of one envelope: a chain of five certificates and a timestamp take about 20 KiB (VAL-3). */
export const envelopeBytes = 1024 * 1024;

/** Certificates in one envelope. Code-signing hierarchies have three or four. */
export const chainCertificates = 10;

/** Bytes of one OCSP response, as notation has it; usual ones have 4 KiB. */
export const ocspBytes = 20 * 1024;

/** Bytes of one revocation list. The largest in use stay below; notation stops at twice as much. */
export const crlBytes = 16 * 1024 * 1024;

/** Milliseconds for one OCSP server and for one revocation list, as notation has them. */
export const ocspMs = 2_000;
export const crlMs = 5_000;

/** Addresses of one certificate that are asked. Certificates name one or two. */
export const revocationAddresses = 4;

/** Certificates whose status is remembered; a fleet has a few dozen signers. */
export const rememberedStatuses = 1_000;
