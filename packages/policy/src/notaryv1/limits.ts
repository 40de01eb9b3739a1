/** Every limit of this folder in one place, with the reasoning beside it. */

/** Bytes of one document: a repository with ten thousand signed tags has about 2 MiB. */
export const documentBytes = 8 * 1024 * 1024;

/** Bytes of the answers to a ping and to a request for a token. */
export const answerBytes = 1024 * 1024;

/** Milliseconds for a ping, and for everything else (NV1-1, NV1-2). */
export const pingMs = 5_000;
export const documentMs = 10_000;

/** Delegations of one rule. */
export const delegationCount = 50;
