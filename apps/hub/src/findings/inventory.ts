import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * The small tables of a source: what runs where, and what is known of the images apart from their findings. Kept whole and
 * replaced whole, because together they are a few megabytes.
 */
export interface Inventory {
  readonly clusters: readonly InventoryCluster[];
  readonly namespaces: readonly InventoryNamespace[];
  readonly deployments: readonly InventoryDeployment[];
  readonly images: readonly InventoryImage[];
}

export interface InventoryCluster {
  readonly name: string;
  /** 0 uninitialised … 4 healthy; null when unknown. */
  readonly health: number | null;
  /** Epoch seconds. */
  readonly lastContact: number | null;
}

export interface InventoryNamespace {
  readonly namespace: string;
  readonly cluster: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface InventoryDeployment {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly namespace: string;
  readonly cluster: string;
  /** Epoch seconds. */
  readonly created: number | null;
  readonly platform: boolean | null;
  /** Indices into `images`, each once. */
  readonly images: readonly number[];
}

/** An image as people know it: full name and digest. Two names of one digest share a `ref`. */
export interface InventoryImage {
  readonly name: string;
  /** `sha256:…`, or empty when the cluster has not told it yet. */
  readonly digest: string;
  /** Key of the segment that holds its findings; null when the source does not know the image yet. */
  readonly ref: string | null;
  readonly generation: 1 | 2 | null;
  readonly registry: string;
  readonly remote: string;
  readonly tag: string;
  readonly os: string;
  readonly user: string;
  /** Epoch seconds; `scanned` null means never scanned. */
  readonly created: number | null;
  readonly scanned: number | null;
  readonly updated: number | null;
  readonly riskScore: number;
  readonly topCvss: number;
  readonly componentCount: number;
}

/** An exception of the source's own: rows of the CVE in the image are deferred (1) or false positives (2). */
export interface FindingException {
  readonly ref: string;
  readonly cve: string;
  readonly state: 1 | 2;
}

/** The largest stored part we are willing to unpack: a hundred times what the largest known fleet needs. */
const maxPartBytes = 1024 * 1024 * 1024;

/** Packs a small table set for storing: JSON under zstd. */
export function encodePart(part: Inventory | readonly FindingException[]): Buffer {
  return zstdCompressSync(JSON.stringify(part));
}

/** Unpacks an inventory the reader stored. */
export function decodeInventory(bytes: Uint8Array): Inventory {
  return JSON.parse(zstdDecompressSync(bytes, { maxOutputLength: maxPartBytes }).toString('utf8')) as Inventory;
}

/** Unpacks exceptions the reader stored. */
export function decodeExceptions(bytes: Uint8Array): FindingException[] {
  return JSON.parse(
    zstdDecompressSync(bytes, { maxOutputLength: maxPartBytes }).toString('utf8'),
  ) as FindingException[];
}
