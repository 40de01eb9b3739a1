import { integer } from '@pratique/runtime/config';

/** How long decisions of gates are kept. */
export const admissionSettings = {
  admissionRetentionDays: {
    variable: 'ADMISSION_RETENTION_DAYS',
    type: integer({ min: 1, max: 3_650 }),
    default: 30,
    doc: 'Days decisions of gates are kept.',
  },
  admissionMaxDecisions: {
    variable: 'ADMISSION_MAX_DECISIONS',
    type: integer({ min: 1_000, max: 100_000_000 }),
    default: 500_000,
    doc: 'Most decisions of gates kept per cluster; the oldest go first.',
  },
};
