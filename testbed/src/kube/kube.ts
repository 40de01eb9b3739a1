/** A Kubernetes API server for tests and the demo. */
export { customKind } from './kinds.ts';
export type { AccessRule } from './access.ts';
export type { WebhookCall } from './admission/admission.ts';
export type { Endpoint } from './admission/call.ts';
export { startFakeApiServer } from './fake-api-server.ts';
export type { FakeApiOptions, FakeApiServer } from './fake-api-server.ts';
export type { ApiObject } from './object-store.ts';
export type { Trial, TrialOptions, TriedObject, TriedWebhook } from './trial.ts';
