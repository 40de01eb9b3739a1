/** The workloads of Kubernetes and the images in them. */
export { parseJsonPath } from './json-path.ts';
export type { JsonPath } from './json-path.ts';
export { isWorkloadKind, workloadImages } from './workload-images.ts';
export type { ImageExtractor, WorkloadImage, WorkloadKind, WorkloadReading } from './workload-images.ts';
