/**
 * The Kubernetes API as far as this product needs it: objects are read, changed and watched, one replica among several is
 * chosen, and refusals become faults that name the missing rule. Who needs more than that has kubectl.
 */
export { connectCluster } from './cluster.ts';
export type { Cluster, ClusterOptions, JsonPatchOperation, ObjectPatch, WriteOptions } from './cluster.ts';
export { serviceAccountFolder } from './connection/in-cluster.ts';
export type { InClusterConfig } from './connection/in-cluster.ts';
export type { KubeconfigSource } from './connection/kubeconfig.ts';
export type { Lease, LeaseOptions, LeaseState } from './lease.ts';
export type { ObjectList, Selection } from './listing.ts';
export { isKubeObject } from './object.ts';
export type { KubeObject, ObjectMetadata, ObjectOwner } from './object.ts';
export { apiVersionOf, describePlace, objectPath, resources } from './resource.ts';
export type { KubeResource, ObjectPlace } from './resource.ts';
export type { WatchEvent, WatchRequest } from './watch.ts';
