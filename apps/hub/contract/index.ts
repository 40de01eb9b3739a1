/**
 * The contract of the hub: what may be asked and what is answered, one file per domain, schemas and types
 * only. The server validates with it, OpenAPI is generated from it, the console is typed by it; nothing here
 * knows a database or a route's implementation, and nothing but the schema library is imported.
 */
export * from './admission.ts';
export * from './cves.ts';
export * from './dashboard.ts';
export * from './epss.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './identity.ts';
export * from './images.ts';
export * from './primitives.ts';
export * from './settings.ts';
export * from './source.ts';
export * from './today.ts';
export * from './trials.ts';
export * from './views.ts';
export * from './visibility.ts';
export * from './words.ts';
