/** What can be wrong with a running registry, in the words that probes and doctor show. */
import type { ProblemDeclaration } from '@pratique/runtime/health';

export type RegistryProblem =
  | 'registry-disk-full'
  | 'registry-disk-refuses'
  | 'registry-certificate-old'
  | 'registry-users-old';

export const registryProblems: readonly ProblemDeclaration<RegistryProblem>[] = [
  {
    code: 'registry-disk-full',
    title: 'The disk of the registry is full',
    severity: 'high',
    text: 'Pushes are refused with 507. Make room, for instance with pratique registry collect-garbage.',
  },
  {
    code: 'registry-disk-refuses',
    title: 'The registry may not use its folder',
    severity: 'high',
    text: 'Requests fail with 500. Check rights and mount of the folder for the user the registry runs as.',
  },
  {
    code: 'registry-certificate-old',
    title: 'A new certificate could not be loaded',
    severity: 'medium',
    text: 'The old certificate stays in use. Check that the new certificate and key belong together.',
  },
  {
    code: 'registry-users-old',
    title: 'A changed file of users could not be loaded',
    severity: 'medium',
    text: 'The users known before stay valid. Check the line the log names.',
  },
];
