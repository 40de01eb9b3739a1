/** Parts of a rendering that many tests look at. */
import { parse } from 'yaml';
import type { Rendering } from './render.ts';

/** As far as tests look at it. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly securityContext: Record<string, unknown>;
  readonly env?: readonly { readonly name: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly [field: string]: unknown;
}
/** As far as tests look at it. */
export interface PodSpec {
  readonly containers: readonly [Container, ...Container[]];
  readonly volumes: readonly Record<string, unknown>[];
  readonly [field: string]: unknown;
}

/** The pod spec of a Deployment. */
export function podOf(rendering: Rendering, name = 'connaisseur'): PodSpec {
  return rendering.at('Deployment', name, '/spec/template/spec') as PodSpec;
}

/** What the gate gets as variables. */
export function environmentOf(rendering: Rendering): Record<string, string> {
  return rendering.at('ConfigMap', 'connaisseur-env', '/data') as Record<string, string>;
}

/** The `config.yaml` of a ConfigMap. */
export function documentIn(rendering: Rendering, name: string): Record<string, unknown> {
  return parse(String(rendering.at('ConfigMap', name, '/data/config.yaml'))) as Record<string, unknown>;
}

/** One entry of a Secret. */
export function decoded(rendering: Rendering, name: string, key: string): string {
  const data = rendering.at('Secret', name, '/data') as Record<string, string>;
  return Buffer.from(data[key] ?? '', 'base64').toString();
}
