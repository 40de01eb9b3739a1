/** Every limit of this package in one place, with the reasoning beside it. */

const mebibyte = 1024 * 1024;

/** Largest single object. etcd takes 1.5 MiB by default, operators raise it; an AdmissionReview holds at most this. */
export const objectBytes = 8 * mebibyte;

/** Largest page of a list: {@link pageEntries} objects of a size that is already unusual (64 KiB each). */
export const pageBytes = 16 * mebibyte;

/** Objects per page. What kubectl asks for is 500; smaller pages keep the peak of memory low. */
export const pageEntries = 250;

/** Objects of one list over all pages: twice the pods that Kubernetes supports in one cluster is 300,000; we never list those. */
export const listEntries = 100_000;

/** An answer that explains a refusal: a Status object. */
export const statusBytes = mebibyte;

/** Time to connect, TLS included. Within a cluster it is a millisecond; a minute on a lost route would hold an admission. */
export const connectMs = 5_000;

/** Time for a whole answer other than a watch. The API server itself gives up after 60 s. */
export const answerMs = 30_000;

/** How long one watch request lasts; the server ends it then, and the next continues. Servers allow 30 to 60 minutes. */
export const watchSeconds = 300;

/** How long credentials read from files are used before the files are looked at again. Kubelets replace tokens hourly. */
export const credentialMs = 60_000;

/** How long the list of kinds of one API group is believed. */
export const discoveryMs = 10 * 60_000;

/** How long it is believed where a kind was missing: a CustomResourceDefinition may have come meanwhile. */
export const missingKindMs = 30_000;

/** Connections at once, watches included: a program of ours has some ten of those. The API server counts requests against the account. */
export const connections = 64;

/** A token, certificate or kubeconfig file. Certificates of authorities with many intermediates reach some ten kilobytes. */
export const credentialBytes = mebibyte;

/** First and longest pause after a watch broke; each failure doubles it, chance halves it at most. */
export const backoffMs = { first: 500, longest: 30_000 } as const;

/** Repetitions of a request that the server asked to send later (429), and the longest it may ask to wait. */
export const busyRetries = { times: 3, longestMs: 5_000 } as const;
