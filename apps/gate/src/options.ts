/** What a gate is started with. */
import type { Cluster } from '@pratique/kube';
import type { ImageExtractor } from '@pratique/kube/workload';
import type { ProxySettings } from '@pratique/oci';
import type { Policy } from '@pratique/policy';
import type { Log } from '@pratique/runtime/log';
import type { SharedCache } from './cache.ts';
import type { CertificateMode } from './certificates/certificates.ts';
import type { Features } from './review/needs.ts';
import type { VerdictTimes } from './verdicts/verdicts.ts';

/** The settings of a gate, read and checked. */
export interface GateOptions {
  readonly host: string;
  /** 0 takes any free one, here and below. */
  readonly port: number;
  readonly metricsPort: number;
  /** Of `config.yaml`. */
  readonly configFolder: string;
  readonly alertsFolder: string;
  readonly secretsFolder: string;
  readonly certsFolder: string;
  /** Without a cluster. */
  readonly standalone: boolean;
  /** Where the API server of the pod's own cluster is; absent outside of clusters. */
  readonly apiServer: { readonly host: string; readonly port: string } | undefined;
  readonly podName: string;
  readonly namespace: string;
  /** `connaisseur`: the beginning of the names of all objects. */
  readonly objectPrefix: string;
  readonly tlsMode: CertificateMode;
  /** PEM: only callers with a certificate by one of these may ask for reviews. */
  readonly clientAuthorities: string | undefined;
  readonly patternMatching: Policy['patternMatching'] | undefined;
  readonly strictConfig: boolean | undefined;
  readonly canonicalDockerHost: Policy['canonicalDockerHost'] | undefined;
  readonly extractors: readonly ImageExtractor[];
  readonly features: Features;
  readonly times: VerdictTimes;
  readonly redis: SharedCache | undefined;
  readonly drainDelayMs: number;
  readonly drainMs: number;
  readonly proxy: ProxySettings;
  readonly hub:
    | {
        readonly url: string;
        readonly apiKey: string;
        /** Read again for every report, where given. */
        readonly apiKeyFile: string | undefined;
        readonly clusterName: string;
      }
    | undefined;
  /** How often files are looked at for changes. */
  readonly watchMs: number;
  /** Variables that keys of trust roots may be read from (`env://NAME`). */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What a gate is given besides its settings. */
export interface GateSurroundings {
  readonly log: Log;
  /** `0.1.0`; for what it calls itself to others. */
  readonly version: string;
  /** Instead of the pod's own cluster. */
  readonly cluster?: Cluster;
}
