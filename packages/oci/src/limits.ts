/** Every limit of this package in one place, with the reasoning beside it. */

const mebibyte = 1024 * 1024;

/** Largest image manifest: the size distribution-spec tells registries to accept at least, and what most accept at most. */
export const manifestBytes = 4 * mebibyte;

/** Largest index: lists of referrers grow (a thousand entries with annotations take about 1 MiB). */
export const indexBytes = 8 * mebibyte;

/** Entries of one manifest or index. The largest images in use have 127 layers, lists of referrers a thousand entries. */
export const manifestEntries = 10_000;

/** Annotations of one descriptor or manifest; certificates and log entries live there, so count and length are generous. */
export const annotationCount = 1_000;

/** How deep JSON may nest. Formats read here need six levels; a thousand would already threaten other parsers' stacks. */
export const jsonDepth = 64;

/** How far indexes may hold indexes. Two occur in practice. */
export const indexDepth = 8;

/** Referrers of one manifest, over all pages and the fallback tag. */
export const referrerEntries = 10_000;

/** Pages of one listing: at the usual 100 entries a page, as many as {@link referrerEntries} needs. */
export const listingPages = 100;

/** Tags of one repository that are read: 100 pages of 1,000. */
export const tagEntries = 100_000;

/** Answers that are neither manifest nor blob: tokens, error bodies, tag lists. A token may hold many scopes. */
export const answerBytes = mebibyte;

/** Redirects of one request: registries need one, proxies before them another. */
export const redirects = 10;

/** A docker configuration or auth file. Real ones have kilobytes. */
export const credentialFileBytes = mebibyte;

/** What a credential helper may print: one small JSON object, tokens of cloud providers reach some kilobytes. */
export const helperOutputBytes = 64 * 1024;

/** Files looked at when a layout is searched for referrers. */
export const layoutFiles = 100_000;
