/** Endpoints and EndpointSlices of a Service. */
import type { Endpoint } from './admission/call.ts';
import type { ApiObject } from './object-store.ts';

/** The pods behind a Service, and where a test really serves it. */
export interface Behind {
  readonly ready: readonly ApiObject[];
  readonly waiting: readonly ApiObject[];
  readonly route: Endpoint | undefined;
}

interface Port {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly protocol?: string;
}

/** The Endpoints object. */
export function endpointsOf(service: ApiObject, behind: Behind): ApiObject {
  const [addresses, waiting] = [addressesOf(behind), behind.waiting.map(addressOf)];
  const subset = {
    ...(addresses.length > 0 && { addresses }),
    ...(waiting.length > 0 && { notReadyAddresses: waiting }),
    ports: portsOf(service, behind),
  };
  return {
    metadata: {
      name: service.metadata.name,
      namespace: service.metadata.namespace,
      ownerReferences: [ownerOf(service)],
    },
    ...(addresses.length + waiting.length > 0 && { subsets: [subset] }),
  };
}

/** The EndpointSlice of the same. */
export function endpointSliceOf(service: ApiObject, behind: Behind): ApiObject {
  const { name, namespace } = service.metadata;
  const endpoint = (ready: boolean) => (address: { readonly ip: unknown; readonly targetRef?: unknown }) => ({
    ...{ addresses: [address.ip], conditions: { ready, serving: ready, terminating: false } },
    ...(address.targetRef !== undefined && { targetRef: address.targetRef }),
  });
  return {
    metadata: {
      ...{ name: `${name}-slice`, namespace, ownerReferences: [ownerOf(service)] },
      labels: { 'kubernetes.io/service-name': name ?? '' },
    },
    addressType: 'IPv4',
    endpoints: [...addressesOf(behind).map(endpoint(true)), ...behind.waiting.map(addressOf).map(endpoint(false))],
    ports: portsOf(service, behind),
  };
}

function addressesOf({ ready, route }: Behind): readonly { readonly ip: unknown; readonly targetRef?: unknown }[] {
  return route === undefined ? ready.map(addressOf) : [{ ip: route.host }];
}

function addressOf(pod: ApiObject) {
  const { podIP } = pod['status'] as { readonly podIP?: string };
  const { name, namespace, uid } = pod.metadata;
  return { ip: podIP, targetRef: { kind: 'Pod', name, namespace, uid } };
}

function portsOf(service: ApiObject, { ready, waiting, route }: Behind) {
  const { ports = [] } = service['spec'] as { readonly ports?: readonly Port[] };
  return ports.map(({ name, port, targetPort = port, protocol = 'TCP' }) => ({
    ...(name !== undefined && { name }),
    port: route?.port ?? numberOf(targetPort, [...ready, ...waiting]) ?? port,
    protocol,
  }));
}

interface Container {
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
}

function numberOf(target: number | string, pods: readonly ApiObject[]): number | undefined {
  if (typeof target === 'number') return target;
  const containers = pods.flatMap(
    (pod) => (pod['spec'] as { readonly containers?: readonly Container[] }).containers ?? [],
  );
  return containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === target)?.containerPort;
}

function ownerOf(service: ApiObject) {
  return { apiVersion: 'v1', kind: 'Service', name: service.metadata.name ?? '', uid: service.metadata.uid ?? '' };
}
