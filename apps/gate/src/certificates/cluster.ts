/** What certificates need of a cluster, and nothing more: five kinds of objects in one namespace, and one lease. */

/** Kinds that are read or written. */
export type ClusterKind = 'Secret' | 'ConfigMap' | 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';

/** One object: in the namespace of the gate where its kind has namespaces. */
export interface ClusterRef {
  readonly kind: ClusterKind;
  readonly name: string;
}

/** An object as the API server gave it; only what is read here is named. */
export interface ClusterObject {
  readonly metadata: {
    readonly name?: string;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>> | null;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** One operation of a JSON patch (RFC 6902). */
export interface ClusterPatch {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** What became of a write: somebody else may have been first, or taken the object away. */
export type Written =
  | { readonly outcome: 'written'; readonly object: ClusterObject }
  | { readonly outcome: 'conflict' };

/** A watch that runs until it is stopped. */
export interface ClusterWatch {
  stop(): void;
}

/** What is told about one object while it is watched. */
export interface WatchListener {
  /** The object as it is now, undefined where there is none; called at first with what there is. */
  readonly onObject: (object: ClusterObject | undefined) => void;
  /** The watch broke and is being set up again. */
  readonly onTrouble: (error: unknown) => void;
}

/** A lease that one replica holds at a time. */
export interface LeaseListener {
  /** Who asks for it: the name of the pod. */
  readonly identity: string;
  readonly onChange: (leading: boolean) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** The objects of a cluster. Every method throws a fault when the API server cannot be asked or refuses. */
export interface ClusterObjects {
  read(ref: ClusterRef): Promise<ClusterObject | undefined>;
  /** Makes an object that is not there; `conflict` when it is. */
  create(ref: ClusterRef, object: ClusterObject): Promise<Written>;
  /** Replaces an object; `conflict` when it is not the version in its metadata any more. */
  replace(ref: ClusterRef, object: ClusterObject): Promise<Written>;
  /** Changes parts; `conflict` when a `test` fails or the object is gone. */
  patch(ref: ClusterRef, operations: readonly ClusterPatch[]): Promise<Written>;
  /** Sets annotations, or removes them where null, whatever else changes meanwhile; `conflict` when the object is gone. */
  annotate(ref: ClusterRef, annotations: Readonly<Record<string, string | null>>): Promise<Written>;
  watch(ref: ClusterRef, listener: WatchListener): ClusterWatch;
  /** Asks for the lease until stopped; stopping gives it back. */
  lead(name: string, listener: LeaseListener): { stop(): Promise<void> };
}
