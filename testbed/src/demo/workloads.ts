import type { DemoRegistry } from './registry.ts';

/** A Deployment of one container, as a team would write it. */
export function workloadOf(name: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: ${name}
          image: ${image}
`;
}

const examples = [
  { id: 'unsigned', name: 'trial-unsigned', image: 'shop/web:1.1' },
  { id: 'signed', name: 'trial-signed', image: 'shop/web:1.0' },
  { id: 'wrong-key', name: 'trial-wrong-key', image: 'shop/api:2.0' },
  { id: 'moved-tag', name: 'trial-moved-tag', image: 'shop/worker:3.0' },
  { id: 'platforms', name: 'trial-platforms', image: 'shop/tools:4.0' },
] as const;

/** A workload for every answer a gate gives, ready to be tried. */
export function trialExamples({ address }: Pick<DemoRegistry, 'address'>): { id: string; manifest: string }[] {
  return examples.map(({ id, name, image }) => ({ id, manifest: workloadOf(name, `${address}/${image}`) }));
}
