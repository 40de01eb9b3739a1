/** The workloads of Kubernetes and the images in them. */
export type { WorkloadImage, WorkloadReading } from './workload-images.ts';
